package io.sparkddpm.spark.evaluation.job;

import io.sparkddpm.error.SuppressForbidden;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Where a measurement keeps features while it runs, so that a killed one can resume. Deleted when
 * the result is written.
 */
final class Workspace {
  private final Configuration conf;
  private final URI root;
  private final boolean temporary;
  private final Lease lease;
  private final Set<URI> used = new LinkedHashSet<>();

  private Workspace(Configuration conf, URI root, boolean temporary) {
    this.conf = conf;
    this.root = root;
    this.temporary = temporary;
    this.lease = Lease.acquire(conf, root);
  }

  /**
   * The named directory, else one next to the result, else, in local mode, a temporary one.
   *
   * @throws UserException on a cluster where neither is named, or if another measurement uses it
   */
  static Workspace of(SparkSession spark, Optional<URI> named, Optional<URI> output) {
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    if (named.isPresent()) {
      return new Workspace(conf, Locations.qualify(conf, named.get()), false);
    }
    if (output.isPresent()) {
      URI file = Locations.qualify(conf, output.get());
      return new Workspace(conf, URI.create(file + ".work"), false);
    }
    return new Workspace(conf, temporary(spark, "ddpm-features").toUri(), true);
  }

  /** Where other files of the measurement go that last no longer than it does. */
  static URI besides(SparkSession spark, Optional<URI> named, Optional<URI> output) {
    return Locations.qualify(
        spark.sparkContext().hadoopConfiguration(),
        named.or(() -> output).orElseGet(() -> temporary(spark, "ddpm-table").toUri()));
  }

  @SuppressForbidden("in local mode alone, where files of this process are everybody's")
  private static java.nio.file.Path temporary(SparkSession spark, String prefix) {
    if (!spark.sparkContext().isLocal()) {
      throw new UserException(
          "features are kept while they are compared: name a directory that all executors reach"
              + " (--work), or a file for the result (--output), beside which they go");
    }
    try {
      java.nio.file.Path directory = Files.createTempDirectory(prefix);
      directory.toFile().deleteOnExit(); // should it be empty
      return directory;
    } catch (IOException e) {
      throw new UserException(e, "cannot create a temporary directory: %s", e.getMessage());
    }
  }

  /** A directory of that name. */
  URI place(String name) {
    URI place = Locations.resolve(root, name);
    used.add(place);
    return place;
  }

  /** Under which files are written here. */
  LeaseToken lease() {
    return lease.token();
  }

  /**
   * Makes sure that this measurement is still the one that works here.
   *
   * @throws UserException naming the other
   */
  void check() {
    lease.check();
  }

  /**
   * Deletes what was used, and the whole if nothing else is there.
   *
   * @throws UserException if another measurement works here now; nothing of its is deleted
   */
  void delete() {
    for (URI place : used) {
      lease.check();
      Locations.delete(conf, place);
    }
    lease.close();
    if (temporary) {
      Locations.delete(conf, root);
    } else {
      deleteIfEmpty();
    }
  }

  private void deleteIfEmpty() {
    FileSystem fs = Locations.fileSystem(conf, root);
    Path path = new Path(root);
    try {
      if (fs.exists(path) && fs.listStatus(path).length == 0) {
        Locations.deleteEmpty(fs, path);
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot clear %s: %s", root, e.getMessage());
    }
  }

  /** Deletes what a temporary one holds; others stay, for the next run. */
  void abandon() {
    lease.close();
    if (temporary) {
      Locations.delete(conf, root);
    }
  }
}
