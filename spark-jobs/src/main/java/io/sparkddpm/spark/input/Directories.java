package io.sparkddpm.spark.input;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.RemoteIterator;

/** Directories of any file system: asked for in pages, with little kept of each file. */
public final class Directories {
  private Directories() {}

  /** What lies directly in a directory, sorted by name. */
  public static List<Child> children(Configuration conf, Path directory) {
    List<Child> children = new ArrayList<>();
    Optional<java.nio.file.Path> local = local(conf, directory);
    try {
      if (local.isPresent()) {
        try (DirectoryStream<java.nio.file.Path> paths = Files.newDirectoryStream(local.get())) {
          for (java.nio.file.Path path : paths) {
            children.add(LocalEntry.of(path));
          }
        }
      } else {
        FileSystem fs = Locations.fileSystem(conf, directory.toUri());
        RemoteIterator<FileStatus> all = fs.listStatusIterator(directory);
        while (all.hasNext()) {
          children.add(child(all.next()));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new UserException(e, "cannot list %s: %s", text(directory), e.getMessage());
    }
    children.sort(Comparator.comparing(Child::name));
    return children;
  }

  private static Child child(FileStatus status) {
    Child.Kind kind = status.isDirectory() ? Child.Kind.DIRECTORY : Child.Kind.FILE;
    return new Child(
        status.getPath().getName(), kind, false, status.getLen(), status.getModificationTime(), "");
  }

  /** The place on this machine's disks, if it is one. */
  static Optional<java.nio.file.Path> local(Configuration conf, Path path) {
    FileSystem fs = Locations.fileSystem(conf, path.toUri());
    return fs instanceof RawLocalFileSystem raw
        ? Optional.of(raw.pathToFile(path).toPath())
        : Optional.empty();
  }

  /** {@code name} in a directory; unlike Hadoop's own constructor it takes names with colons. */
  public static Path child(Path directory, String name) {
    URI uri = directory.toUri();
    String path = uri.getPath().endsWith("/") ? uri.getPath() : uri.getPath() + "/";
    return new Path(uri.getScheme(), uri.getAuthority(), path + name);
  }

  /** For messages: without escapes. */
  static String text(Path path) {
    return path.toString();
  }
}
