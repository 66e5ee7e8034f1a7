package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.Lookup;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/** Reads a run's sample grid. */
final class GridFile {
  /** The last chunk of every PNG file. */
  private static final byte[] END = HexFormat.of().parseHex("0000000049454e44ae426082");

  private GridFile() {}

  /** Whether it is there and was written to its end. */
  static boolean isWhole(Configuration conf, URI file) {
    if (!Lookup.exists(conf, file)) {
      return false;
    }
    try (FSDataInputStream in = Locations.fileSystem(conf, file).open(new Path(file))) {
      byte[] bytes = in.readAllBytes();
      int from = Math.max(0, bytes.length - END.length);
      return Arrays.equals(bytes, from, bytes.length, END, 0, END.length);
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
    }
  }
}
