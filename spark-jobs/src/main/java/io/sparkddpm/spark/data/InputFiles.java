package io.sparkddpm.spark.data;

import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Names and bytes of input files. */
final class InputFiles {
  private InputFiles() {}

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
