package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.TaskHeap;
import io.sparkddpm.spark.store.Locations;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
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

  /**
   * A small file as text; empty if there is none.
   *
   * @param most bytes that it may have
   * @throws UserException if it cannot be read, or is larger
   */
  static Optional<String> text(Configuration conf, Path path, int most) {
    FileSystem fs = Locations.fileSystem(conf, path.toUri());
    try (FSDataInputStream in = fs.open(path)) {
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length > most) {
        throw new UserException("%s is larger than %d bytes", path, most);
      }
      return Optional.of(new String(bytes, StandardCharsets.UTF_8));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", path, e.getMessage());
    }
  }

  /**
   * Bytes [offset, offset + length) of a file as a record; without them, where they are too many.
   */
  static RawRecord record(Configuration conf, SourceSlice slice, long offset, long length)
      throws IOException {
    if (length > TaskHeap.bytes()) {
      return RawRecord.unread(length, slice.name(), slice.label());
    }
    byte[] bytes = read(conf, slice, offset, Math.toIntExact(length));
    return new RawRecord(bytes, slice.name(), slice.label());
  }

  /** A whole file. */
  static InputStream open(Configuration conf, URI file) throws IOException {
    return Locations.fileSystem(conf, file).open(new Path(file));
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
