package io.sparkddpm.spark.store;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.error.UserException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.util.VersionInfo;
import org.apache.hadoop.util.functional.FutureIO;

/** URIs of artefacts and the file systems behind them. */
public final class Locations {
  /** S3A's key; other file systems pass over it. */
  private static final String READ_POLICY = "fs.s3a.experimental.input.fadvise";

  private static final String AZURE = "org.apache.hadoop:hadoop-azure:" + VersionInfo.getVersion();

  /** What brings the file systems of clouds that the jar has no connector for, by scheme. */
  private static final Map<String, String> CONNECTORS =
      Map.of(
          "abfs", AZURE,
          "abfss", AZURE,
          "wasb", AZURE,
          "wasbs", AZURE,
          "gs", "com.google.cloud.bigdataoss:gcs-connector");

  private Locations() {}

  /**
   * An absolute URI with a scheme from what a user typed: a URI, or a path on the default file
   * system, relative ones below the working directory.
   *
   * @throws UserException if it is none, or if its file system is unknown
   */
  public static URI parse(Configuration conf, String text) {
    if (text == null || text.isBlank()) {
      throw new UserException("an empty location; give a path or a URI such as s3a://bucket/dir");
    }
    refuseCredentials(text);
    try {
      Path path = new Path(text);
      return fileSystem(conf, path.toUri()).makeQualified(path).toUri();
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "'%s' is not a path or URI: %s", text, e.getMessage());
    }
  }

  /** What stands before an @ would be in logs, manifests and Spark's pages. */
  private static void refuseCredentials(String text) {
    int authority = text.indexOf("://");
    int end = authority < 0 ? -1 : text.indexOf('/', authority + 3);
    String host = authority < 0 ? "" : text.substring(authority + 3, end < 0 ? text.length() : end);
    if (host.contains("@") && host.substring(0, host.indexOf('@')).contains(":")) {
      throw new UserException(
          "a location must not hold credentials (%s://...@%s); give them to Hadoop's credential"
              + " providers: environment variables, core-site.xml, or a credential store",
          text.substring(0, authority), host.substring(host.lastIndexOf('@') + 1));
    }
  }

  /** {@code uri} with scheme and authority, and absolute, as {@link #parse} does for text. */
  public static URI qualify(Configuration conf, URI uri) {
    return fileSystem(conf, uri).makeQualified(new Path(uri)).toUri();
  }

  /** The URI of {@code relative} below {@code dir}. */
  public static URI resolve(URI dir, String relative) {
    checkArgument(
        FileEntry.isRelative(relative),
        "path must be relative and stay inside, got '%s'",
        relative);
    return new Path(new Path(dir), relative).toUri();
  }

  /**
   * The file system that holds {@code uri}. For local files the one without Hadoop's hidden {@code
   * .crc} files: manifests carry better checksums.
   *
   * @throws UserException if there is none for that scheme, it cannot be reached, or it is local
   *     and this JVM cannot read names of local files
   */
  public static FileSystem fileSystem(Configuration conf, URI uri) {
    try {
      FileSystem fs = new Path(uri).getFileSystem(conf);
      FileSystem raw = fs instanceof ChecksumFileSystem checked ? checked.getRawFileSystem() : fs;
      if (raw instanceof RawLocalFileSystem) {
        FileNames.requireUtf8Locale();
      }
      return raw;
    } catch (UnsupportedFileSystemException e) {
      throw noConnector(conf, uri, e);
    } catch (IOException e) {
      throw new UserException(e, "cannot reach the file system of %s: %s", uri, e.getMessage());
    } catch (IllegalArgumentException e) {
      if (e.getCause() instanceof UnknownHostException unknown) {
        throw new UserException(
            e, "cannot reach the file system of %s: unknown host %s", uri, unknown.getMessage());
      }
      throw e;
    } catch (RuntimeException e) { // so Hadoop wraps what its own defaults name and nobody brought
      if (e.getCause() instanceof ClassNotFoundException) {
        throw noConnector(conf, uri, e);
      }
      throw e;
    }
  }

  private static UserException noConnector(Configuration conf, URI uri, Exception e) {
    String given = uri.getScheme();
    String scheme = given == null ? FileSystem.getDefaultUri(conf).getScheme() : given;
    return CONNECTORS.containsKey(scheme)
        ? new UserException(
            e,
            "cannot reach the file system of %s: its connector is not on the class path; add %s"
                + " (docs/storage.md, \"ADLS and GCS\")",
            uri,
            CONNECTORS.get(scheme))
        : new UserException(e, "cannot reach the file system of %s: %s", uri, e.getMessage());
  }

  /**
   * Opens a file that will be read from its beginning to its end. On object stores it costs one
   * request, for its bytes: what {@code status} holds is not asked again.
   *
   * @param status of the file, from the same file system
   */
  static FSDataInputStream openWhole(FileSystem fs, FileStatus status) throws IOException {
    return FutureIO.awaitFuture(
        fs.openFile(status.getPath())
            .withFileStatus(status)
            .opt(READ_POLICY, "sequential")
            .build());
  }

  /** Opens a file of which a range will be read; nothing beyond that is transferred. */
  public static FSDataInputStream openRange(FileSystem fs, Path path) throws IOException {
    return FutureIO.awaitFuture(fs.openFile(path).opt(READ_POLICY, "random").build());
  }

  /**
   * Deletes a file, or a directory with all that is in it, if it is there.
   *
   * @throws UserException if that fails
   */
  public static void delete(Configuration conf, URI uri) {
    try {
      fileSystem(conf, uri).delete(new Path(uri), true);
    } catch (IOException e) {
      throw new UserException(e, "cannot delete %s: %s", uri, e.getMessage());
    }
  }

  /** Deletes a directory, unless somebody has written into it meanwhile. */
  public static void deleteEmpty(FileSystem fs, Path dir) throws IOException {
    try {
      if (fs instanceof RawLocalFileSystem disk) { // Hadoop's way deletes what has come meanwhile
        Files.deleteIfExists(disk.pathToFile(dir).toPath());
      } else {
        fs.delete(dir, false);
      }
    } catch (IOException e) {
      if (isEmpty(fs, dir)) {
        throw e;
      }
    }
  }

  private static boolean isEmpty(FileSystem fs, Path dir) throws IOException {
    try {
      return fs.listStatus(dir).length == 0;
    } catch (FileNotFoundException e) {
      return false; // another has deleted it
    }
  }

  /**
   * Whether a file that may replace another is written under a name of its own first, see {@link
   * #replace}. S3A needs none: there a file appears when it is closed, and its writer can give it
   * up. Elsewhere the older file would be gone as soon as the new one is created (HDFS, ADLS), or
   * one that is given up would replace it (GCS).
   */
  static boolean writesAside(FileSystem fs, Path path) throws IOException {
    return !fs.hasPathCapability(path, CommonPathCapabilities.ABORTABLE_STREAM);
  }

  /**
   * Gives a whole file its final name. Who reads an older one of that name sees either; where
   * renaming replaces nothing (ADLS, GCS), for a moment neither.
   */
  static void replace(Configuration conf, FileSystem fs, Path from, Path to) throws IOException {
    if (!overwritesInPlace(fs) && hasFileContext(conf, fs)) {
      FileContext.getFileContext(fs.getUri(), conf).rename(from, to, Options.Rename.OVERWRITE);
      return;
    }
    if (!overwritesInPlace(fs)) {
      fs.delete(to, false);
    }
    if (!fs.rename(from, to)) {
      throw new IOException("cannot rename " + from);
    }
  }

  private static boolean hasFileContext(Configuration conf, FileSystem fs) {
    return conf.get("fs.AbstractFileSystem." + fs.getUri().getScheme() + ".impl") != null;
  }

  /**
   * Whether overwriting changes a file that others may have open. Elsewhere a new file takes the
   * place of the old one when it is created (HDFS) or closed (object stores).
   */
  static boolean overwritesInPlace(FileSystem fs) {
    return fs instanceof RawLocalFileSystem
        || fs instanceof FilterFileSystem filter && overwritesInPlace(filter.getRawFileSystem());
  }
}
