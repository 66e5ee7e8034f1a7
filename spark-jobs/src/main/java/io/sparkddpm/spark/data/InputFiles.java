package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Locations;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

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
      throw new UserException(e, "cannot read input %s: %s", uri, e.getMessage());
    }
  }

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

  /** All files below a directory, in the order of their paths, segment by segment. */
  static List<FileStatus> listRecursively(Configuration conf, Path directory) {
    List<FileStatus> files = new ArrayList<>();
    for (FileStatus status : list(conf, directory)) {
      if (status.isDirectory()) {
        files.addAll(listRecursively(conf, status.getPath()));
      } else {
        files.add(status);
      }
    }
    return files;
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
    try (FSDataInputStream in = fs.open(new Path(slice.uri()))) {
      in.readFully(offset, bytes);
    }
    return bytes;
  }
}
