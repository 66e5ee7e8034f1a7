package io.sparkddpm.spark.store;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** URIs of artefacts and the file systems behind them. */
public final class Locations {
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
    try {
      Path path = new Path(text);
      return fileSystem(conf, path.toUri()).makeQualified(path).toUri();
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "'%s' is not a path or URI: %s", text, e.getMessage());
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
   * @throws UserException if there is none for that scheme, or it cannot be reached
   */
  public static FileSystem fileSystem(Configuration conf, URI uri) {
    try {
      FileSystem fs = new Path(uri).getFileSystem(conf);
      return fs instanceof ChecksumFileSystem checked ? checked.getRawFileSystem() : fs;
    } catch (IOException e) {
      throw new UserException(e, "cannot reach the file system of %s: %s", uri, e.getMessage());
    }
  }
}
