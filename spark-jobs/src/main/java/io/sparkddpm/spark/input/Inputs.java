package io.sparkddpm.spark.input;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.StorageErrors;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The places that a user names. */
public final class Inputs {
  private Inputs() {}

  /**
   * What lies at a place: a regular file or a directory.
   *
   * @throws UserException if nothing does, it cannot be read, or it is a pipe or the like
   */
  public static FileStatus status(Configuration conf, URI uri) {
    FileSystem fs = Locations.fileSystem(conf, uri);
    Path path = new Path(uri);
    try {
      Optional<java.nio.file.Path> local = Directories.local(conf, path);
      if (local.isPresent() && Files.exists(local.get(), LinkOption.NOFOLLOW_LINKS)) {
        refuseOther(uri, local.get());
      }
      return fs.getFileStatus(path);
    } catch (FileNotFoundException e) {
      throw new UserException(e, "input %s does not exist", uri);
    } catch (IOException e) {
      IOException explained = StorageErrors.withReason(conf, uri, e);
      throw new UserException(explained, "cannot read input %s: %s", uri, explained.getMessage());
    }
  }

  private static void refuseOther(URI uri, java.nio.file.Path local) throws IOException {
    if (local.getFileName() == null) {
      return; // the root
    }
    Child child = LocalEntry.of(local);
    if (child.kind() == Child.Kind.OTHER) {
      throw new UserException("input %s is %s", uri, child.reason());
    }
  }

  /** A line for each input that is another one, or lies in another one: its images come twice. */
  public static List<String> repeated(Configuration conf, List<URI> inputs) {
    List<String> lines = new ArrayList<>();
    List<Path> places = inputs.stream().map(uri -> canonical(conf, uri)).toList();
    for (int i = 0; i < places.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (places.get(i).equals(places.get(j))) {
          lines.add(twice("inputs %s and %s are the same", inputs.get(j), inputs.get(i)));
        } else if (liesIn(places.get(i), places.get(j))) {
          lines.add(twice("input %s lies in input %s", inputs.get(i), inputs.get(j)));
        } else if (liesIn(places.get(j), places.get(i))) {
          lines.add(twice("input %s lies in input %s", inputs.get(j), inputs.get(i)));
        }
      }
    }
    return lines;
  }

  private static String twice(String what, URI one, URI other) {
    return String.format(Locale.ROOT, what + ": its images are taken twice", one, other);
  }

  private static boolean liesIn(Path inner, Path outer) {
    for (Path parent = inner.getParent(); parent != null; parent = parent.getParent()) {
      if (parent.equals(outer)) {
        return true;
      }
    }
    return false;
  }

  private static Path canonical(Configuration conf, URI uri) {
    Path path = new Path(uri);
    Optional<java.nio.file.Path> local = Directories.local(conf, path);
    try {
      return local.isPresent() ? new Path(local.get().toRealPath().toString()) : path;
    } catch (IOException e) {
      return path; // missing: reported where it is listed
    }
  }
}
