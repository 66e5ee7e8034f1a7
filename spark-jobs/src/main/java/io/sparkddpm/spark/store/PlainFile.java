package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Files that belong to no artefact, such as reports and results. */
public final class PlainFile {
  private PlainFile() {}

  /** What goes into a file. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** As {@link #write(Configuration, URI, Content)}. */
  public static void write(Configuration conf, URI uri, byte[] bytes) {
    write(conf, uri, out -> out.write(bytes));
  }

  /**
   * Writes a file whole, in place of an older one. If that fails, none is left.
   *
   * @throws UserException naming the file, as when the disk is full
   */
  public static void write(Configuration conf, URI uri, Content content) {
    FileSystem fs = Locations.fileSystem(conf, uri);
    Path path = new Path(uri);
    try (OutputStream out = new BufferedOutputStream(fs.create(path, true))) {
      content.writeTo(out);
    } catch (IOException | FSError e) { // a full local disk is an error to Hadoop
      String why = e instanceof FSError ? e.getCause().getMessage() : e.getMessage();
      UserException failed = new UserException(e, "cannot write %s: %s", uri, why);
      try {
        fs.delete(path, false);
      } catch (IOException suppressed) {
        failed.addSuppressed(suppressed);
      }
      throw failed;
    }
  }

  /**
   * The whole content of a file.
   *
   * @throws UserException naming the file, if it cannot be read
   */
  public static byte[] read(Configuration conf, URI uri) {
    try (InputStream in = Locations.fileSystem(conf, uri).open(new Path(uri))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", uri, e.getMessage());
    }
  }
}
