package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Feature statistics with the layer and the extractor that made them, and their binary form: magic
 * "DDPMSTAT", format version, extractor, layer, count, mean, upper triangle of M2; big-endian.
 *
 * @param extractor what made the features
 * @param layer which of its layers
 * @param statistics the moments
 */
public record StatisticsFile(
    ExtractorIdentity extractor, FeatureLayer layer, FeatureStatistics statistics) {
  private static final long MAGIC = 0x4444504d53544154L; // DDPMSTAT
  private static final int VERSION = 1;
  private static final int LARGEST_DIMENSION = 20_000;

  /** Checks that layer and statistics have one dimension. */
  public StatisticsFile {
    checkArgument(
        layer.dimension() == statistics.dimension(),
        "layer %s has %d dimensions, its statistics %d",
        layer.name(),
        layer.dimension(),
        statistics.dimension());
  }

  /** Writes the statistics; does not close {@code out}. */
  public void write(OutputStream out) throws IOException {
    DataOutputStream data = new DataOutputStream(out);
    data.writeLong(MAGIC);
    data.writeInt(VERSION);
    data.writeUTF(extractor.name());
    data.writeUTF(extractor.weights());
    data.writeUTF(extractor.resize());
    data.writeUTF(layer.name());
    data.writeUTF(layer.metric());
    data.writeInt(layer.dimension());
    data.writeLong(statistics.count());
    write(data, statistics.meanView());
    write(data, statistics.packedM2View());
    data.flush();
  }

  private static void write(OutputStream out, double[] values) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(8 * 4096);
    for (int from = 0; from < values.length; from += 4096) {
      int n = Math.min(4096, values.length - from);
      buffer.clear();
      buffer.asDoubleBuffer().put(values, from, n);
      out.write(buffer.array(), 0, 8 * n);
    }
  }

  /** The binary form. */
  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return bytes.toByteArray();
  }

  /**
   * Reads the binary form. Whether the moments can be those of any images is not looked at.
   *
   * @param name the file's name, for messages
   * @throws UserException if it is foreign, of another version, truncated or longer than it says
   */
  public static StatisticsFile fromBytes(byte[] bytes, String name) {
    ByteArrayInputStream in = new ByteArrayInputStream(bytes);
    try {
      return read(in, name);
    } catch (EOFException e) {
      throw new UserException(e, "%s: truncated file of feature statistics", name);
    } catch (IOException | IllegalArgumentException e) { // no UTF-8, empty names
      throw new UserException(e, "%s: corrupt, %s", name, e.getMessage());
    }
  }

  private static StatisticsFile read(ByteArrayInputStream in, String name) throws IOException {
    DataInputStream data = new DataInputStream(in);
    if (data.readLong() != MAGIC) {
      throw new UserException("%s: not a file of feature statistics", name);
    }
    int version = data.readInt();
    if (version != VERSION) {
      throw new UserException(
          "%s: format version %d; this program reads %d", name, version, VERSION);
    }
    ExtractorIdentity extractor =
        new ExtractorIdentity(data.readUTF(), data.readUTF(), data.readUTF());
    String layerName = data.readUTF();
    String metric = data.readUTF();
    int dimension = data.readInt();
    long count = data.readLong();
    if (dimension < 1 || dimension > LARGEST_DIMENSION || count < 0) {
      throw new UserException("%s: corrupt, dimension %d and count %d", name, dimension, count);
    }
    int triangle = dimension * (dimension + 1) / 2;
    long expected = 8L * (dimension + triangle);
    if (in.available() > expected) {
      throw new UserException(
          "%s: corrupt, %d bytes more than it says", name, in.available() - expected);
    }
    if (in.available() < expected) { // before anything is allocated
      throw new EOFException();
    }
    double[] mean = read(data, dimension);
    double[] m2 = read(data, triangle);
    return new StatisticsFile(
        extractor,
        new FeatureLayer(layerName, dimension, metric),
        FeatureStatistics.of(count, mean, m2));
  }

  private static double[] read(DataInputStream in, int length) throws IOException {
    double[] values = new double[length];
    byte[] bytes = new byte[8 * 4096];
    for (int from = 0; from < length; from += 4096) {
      int n = Math.min(4096, length - from);
      in.readFully(bytes, 0, 8 * n);
      ByteBuffer.wrap(bytes, 0, 8 * n).asDoubleBuffer().get(values, from, n);
    }
    return values;
  }

  /**
   * Merges statistics of the same extractor and layer.
   *
   * @throws IllegalArgumentException if they differ in either
   */
  public StatisticsFile merge(StatisticsFile other) {
    checkArgument(
        extractor.equals(other.extractor) && layer.equals(other.layer),
        "cannot merge statistics of %s, layer %s, with those of %s, layer %s",
        extractor,
        layer.name(),
        other.extractor,
        other.layer.name());
    return new StatisticsFile(extractor, layer, statistics.merge(other.statistics));
  }
}
