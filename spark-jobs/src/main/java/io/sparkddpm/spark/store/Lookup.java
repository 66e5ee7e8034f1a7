package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Looks whether something is there. A file system that fails is an {@link UnreadableException},
 * never an answer.
 */
public final class Lookup {
  private Lookup() {}

  /**
   * What a directory holds; nothing where there is none.
   *
   * @throws UnreadableException if it cannot be listed
   */
  public static List<FileStatus> list(Configuration conf, URI dir) {
    FileSystem fs = Locations.fileSystem(conf, dir);
    try {
      return List.of(fs.listStatus(new Path(dir)));
    } catch (FileNotFoundException e) {
      confirmAbsent(conf, dir, e);
      return List.of();
    } catch (IOException e) {
      throw new UnreadableException(e, "cannot list %s: %s", dir, e.getMessage());
    }
  }

  /**
   * Whether a file or directory is there.
   *
   * @throws UnreadableException if that cannot be found out
   */
  public static boolean exists(Configuration conf, URI uri) {
    return status(conf, uri).isPresent();
  }

  /**
   * Refuses what is not a directory.
   *
   * @throws UserException if it is a file, or nothing is there
   * @throws UnreadableException if that cannot be found out
   */
  public static void requireDirectory(Configuration conf, URI uri) {
    FileStatus status =
        status(conf, uri).orElseThrow(() -> new UserException("%s does not exist", uri));
    if (!status.isDirectory()) {
      throw new UserException("%s is a file, not a directory", uri);
    }
  }

  private static Optional<FileStatus> status(Configuration conf, URI uri) {
    FileSystem fs = Locations.fileSystem(conf, uri);
    try {
      return Optional.of(fs.getFileStatus(new Path(uri)));
    } catch (FileNotFoundException e) {
      confirmAbsent(conf, uri, e);
      return Optional.empty();
    } catch (IOException e) {
      throw unreadable(uri, e);
    }
  }

  /**
   * Makes sure that something is not there. Java says "not found", too, of a file on a disk that it
   * may not open, or for whose opening the process has too many files open; other file systems mean
   * what they say.
   *
   * @param notFound what the file system said of it
   * @throws UnreadableException if it is there and cannot be opened, or that cannot be found out
   */
  static void confirmAbsent(Configuration conf, URI uri, FileNotFoundException notFound) {
    FileSystem fs = Locations.fileSystem(conf, uri);
    try {
      if (Locations.overwritesInPlace(fs) && isListed(fs, new Path(uri))) {
        openNow(fs, new Path(uri));
      }
    } catch (IOException e) {
      e.addSuppressed(notFound);
      throw unreadable(uri, e);
    }
  }

  /** Whether the directory above has it, or is itself one that cannot be opened. */
  private static boolean isListed(FileSystem fs, Path path) throws IOException {
    Path parent = path.getParent();
    if (parent == null) {
      return false;
    }
    try {
      return Arrays.stream(fs.listStatus(parent))
          .anyMatch(s -> s.getPath().getName().equals(path.getName()));
    } catch (FileNotFoundException e) {
      return isListed(fs, parent);
    }
  }

  /** What appeared a moment ago opens by now. */
  private static void openNow(FileSystem fs, Path path) throws IOException {
    if (fs.getFileStatus(path).isFile()) {
      fs.open(path).close();
    }
  }

  static UnreadableException unreadable(URI uri, IOException e) {
    return new UnreadableException(e, "cannot read %s: %s", uri, e.getMessage());
  }
}
