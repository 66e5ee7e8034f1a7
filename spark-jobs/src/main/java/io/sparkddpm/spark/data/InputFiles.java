package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.StorageErrors;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.RemoteIterator;

/** Looking into inputs: sorted by name, hidden files left out, every failure with its place. */
final class InputFiles {
  private InputFiles() {}

  static FileStatus status(Configuration conf, URI uri) {
    FileSystem fs = Locations.fileSystem(conf, uri);
    try {
      return fs.getFileStatus(new Path(uri));
    } catch (FileNotFoundException e) {
      throw new UserException(e, "input %s does not exist", uri);
    } catch (IOException e) {
      IOException told = StorageErrors.withReason(conf, uri, e);
      throw new UserException(told, "cannot read input %s: %s", uri, told.getMessage());
    }
  }

  /**
   * What lies directly in a directory.
   *
   * @param name without the directory's
   * @param directory whether it is one
   * @param size in bytes
   * @param modified in the file system's milliseconds
   */
  record Child(String name, boolean directory, long size, long modified) {}

  /** What lies directly in a directory, sorted by name. */
  static List<FileStatus> list(Configuration conf, Path directory) {
    FileSystem fs = Locations.fileSystem(conf, directory.toUri());
    try {
      return Arrays.stream(fs.listStatus(directory))
          .filter(s -> !isHidden(s.getPath().getName()))
          .sorted(Comparator.comparing(s -> s.getPath().getName()))
          .toList();
    } catch (IOException e) {
      throw new UserException(e, "cannot list %s: %s", directory, e.getMessage());
    }
  }

  /** The same for directories of many files: asked for in pages, with little kept of each. */
  static List<Child> children(Configuration conf, Path directory) {
    List<Child> children = new ArrayList<>();
    FileSystem fs = Locations.fileSystem(conf, directory.toUri());
    try {
      if (fs instanceof RawLocalFileSystem local) {
        localChildren(local.pathToFile(directory).toPath(), children);
      } else {
        RemoteIterator<FileStatus> all = fs.listStatusIterator(directory);
        while (all.hasNext()) {
          FileStatus s = all.next();
          children.add(
              new Child(
                  s.getPath().getName(), s.isDirectory(), s.getLen(), s.getModificationTime()));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new UserException(e, "cannot list %s: %s", directory, e.getMessage());
    }
    children.removeIf(child -> isHidden(child.name()));
    children.sort(Comparator.comparing(Child::name));
    return children;
  }

  /** Hadoop's own listing of a local directory makes one large object a file, all at once. */
  private static void localChildren(java.nio.file.Path directory, List<Child> children)
      throws IOException {
    try (DirectoryStream<java.nio.file.Path> paths = Files.newDirectoryStream(directory)) {
      for (java.nio.file.Path path : paths) {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        children.add(
            new Child(
                path.getFileName().toString(),
                attributes.isDirectory(),
                attributes.size(),
                attributes.lastModifiedTime().toMillis()));
      }
    }
  }

  /** All files below a directory, in the order of their paths, segment by segment. */
  static void forEachFile(Configuration conf, Path directory, BiConsumer<Path, Child> consumer) {
    for (Child child : children(conf, directory)) {
      Path path = new Path(directory, child.name());
      if (child.directory()) {
        forEachFile(conf, path, consumer);
      } else {
        consumer.accept(path, child);
      }
    }
  }

  /** Whether there is any file below a directory; looks no further than the first. */
  static boolean holdsFiles(Configuration conf, Path directory) {
    FileSystem fs = Locations.fileSystem(conf, directory.toUri());
    List<Path> folders = new ArrayList<>();
    try {
      if (fs instanceof RawLocalFileSystem local) {
        java.nio.file.Path here = local.pathToFile(directory).toPath();
        try (DirectoryStream<java.nio.file.Path> paths = Files.newDirectoryStream(here)) {
          for (java.nio.file.Path path : paths) {
            String name = path.getFileName().toString();
            if (!isHidden(name) && !Files.isDirectory(path)) {
              return true;
            }
            folders.add(new Path(directory, name));
          }
        }
      } else {
        RemoteIterator<FileStatus> all = fs.listStatusIterator(directory);
        while (all.hasNext()) {
          FileStatus s = all.next();
          if (!isHidden(s.getPath().getName()) && s.isFile()) {
            return true;
          }
          folders.add(s.getPath());
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new UserException(e, "cannot list %s: %s", directory, e.getMessage());
    }
    return folders.stream().anyMatch(f -> !isHidden(f.getName()) && holdsFiles(conf, f));
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.startsWith("_");
  }

  /** {@code path} as seen from the directory that holds {@code input}. */
  static String nameFrom(Path input, Path path) {
    Path parent = input.getParent();
    String whole = path.toUri().getPath();
    if (parent == null) {
      return whole;
    }
    String prefix = parent.toUri().getPath();
    return whole.substring(prefix.endsWith("/") ? prefix.length() : prefix.length() + 1);
  }

  /** Bytes [offset, offset + length) of a file. */
  static byte[] read(Configuration conf, SourceSlice slice, long offset, int length)
      throws IOException {
    FileSystem fs = Locations.fileSystem(conf, slice.uri());
    byte[] bytes = new byte[length];
    try (FSDataInputStream in = Locations.openRange(fs, new Path(slice.uri()))) {
      in.readFully(offset, bytes);
    }
    return bytes;
  }
}
