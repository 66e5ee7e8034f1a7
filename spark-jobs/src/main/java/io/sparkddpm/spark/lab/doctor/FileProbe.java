package io.sparkddpm.spark.lab.doctor;

import io.sparkddpm.error.SuppressForbidden;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.Lookup;
import io.sparkddpm.spark.store.PlainFile;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Whether all processes see the same files in a directory: a scratch directory below it. */
final class FileProbe implements AutoCloseable {
  private static final String DRIVER = "driver";

  private final Configuration conf;
  private final URI scratch;
  private final String token = unique();

  /** The directory and those above it that were not there, from the innermost. */
  private final List<Path> made = new ArrayList<>();

  /**
   * Writes the driver's file.
   *
   * @throws UserException if that fails
   */
  FileProbe(Configuration conf, URI directory) {
    this.conf = conf;
    this.scratch = Locations.resolve(directory, "_doctor-" + token);
    for (Path dir = new Path(directory);
        dir != null && !Lookup.exists(conf, dir.toUri());
        dir = dir.getParent()) {
      made.add(dir);
    }
    PlainFile.write(conf, file(scratch, DRIVER), bytes(token));
  }

  @SuppressForbidden("two doctors must never share a directory, in repeated runs neither")
  private static String unique() {
    return UUID.randomUUID().toString();
  }

  URI scratch() {
    return scratch;
  }

  String token() {
    return token;
  }

  /**
   * Reads the driver's file and writes one of this process.
   *
   * @return what went wrong
   */
  static Optional<String> fromHere(Configuration conf, URI scratch, String token, String id) {
    try {
      if (!token.equals(text(PlainFile.read(conf, file(scratch, DRIVER))))) {
        return Optional.of("reads other content of the driver's file than was written");
      }
      PlainFile.write(conf, file(scratch, id), bytes(token + id));
      return Optional.empty();
    } catch (UserException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** Whether the driver does not see what a process wrote. */
  Optional<String> unseen(String id) {
    try {
      return (token + id).equals(text(PlainFile.read(conf, file(scratch, id))))
          ? Optional.empty()
          : Optional.of("the driver reads other content than this executor wrote");
    } catch (UserException e) {
      return Optional.of("the driver does not see what this executor wrote");
    }
  }

  @Override
  public void close() {
    FileSystem fs = Locations.fileSystem(conf, scratch);
    try {
      fs.delete(new Path(scratch), true);
      for (Path dir : made) {
        Locations.deleteEmpty(fs, dir);
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot delete %s: %s", scratch, e.getMessage());
    }
  }

  private static URI file(URI scratch, String id) {
    return Locations.resolve(scratch, id);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
