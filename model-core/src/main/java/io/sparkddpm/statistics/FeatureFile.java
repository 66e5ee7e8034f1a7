package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UTFDataFormatException;
import java.nio.ByteBuffer;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * The features of some images as a file: magic "DDPMFEAT", format version, extractor, layers, what
 * the images are, their labels, then for each layer its rows as floats, big-endian; at the end the
 * SHA-256 of everything before. Rows can be read from the middle; the hash shows whether a file was
 * written whole.
 */
public final class FeatureFile {
  /** The label of an image that has none. */
  public static final int NO_LABEL = -1;

  private static final long MAGIC = 0x4444504d46454154L; // DDPMFEAT
  private static final int VERSION = 1;
  private static final int HASH_BYTES = 32;
  private static final int LARGEST_DIMENSION = 20_000;
  private static final int ROWS = 64;

  private FeatureFile() {}

  /**
   * What a file says of itself.
   *
   * @param extractor what made the features
   * @param layers in the order of their rows
   * @param source which images these are, for the one who looks for them
   * @param digest hash of the images' content
   * @param count of images
   * @param length bytes of the header in the file
   */
  public record Header(
      ExtractorIdentity extractor,
      List<FeatureLayer> layers,
      String source,
      String digest,
      int count,
      int length) {

    /** Checks the counts. */
    public Header {
      layers = List.copyOf(layers);
      checkArgument(!layers.isEmpty() && count >= 1, "features need layers and images");
    }

    /** Bytes of the whole file. */
    public long fileLength() {
      int last = layers.size() - 1;
      return position(last, 0)
          + (long) Float.BYTES * count * layers.get(last).dimension()
          + HASH_BYTES;
    }

    /**
     * Place of a layer.
     *
     * @throws UserException if it is not there
     */
    public int indexOf(String layer) {
      for (int i = 0; i < layers.size(); i++) {
        if (layers.get(i).name().equals(layer)) {
          return i;
        }
      }
      throw new UserException("%s: there are no features of layer %s", source, layer);
    }

    /** Where a row of a layer begins in the file, in bytes. */
    public long position(int layer, int row) {
      long at = length + (long) Integer.BYTES * count;
      for (int i = 0; i < layer; i++) {
        at += (long) Float.BYTES * count * layers.get(i).dimension();
      }
      return at + (long) Float.BYTES * row * layers.get(layer).dimension();
    }
  }

  /** Takes rows in their order. */
  public interface Rows {
    /**
     * Takes some rows.
     *
     * @param values flat [count, D], in an array that is used again
     * @param first index of the first row
     */
    void accept(float[] values, int first, int count);
  }

  /**
   * Writes a file; does not close {@code out}.
   *
   * @param labels [N], {@link #NO_LABEL} where there is none
   * @param features for each layer flat [N, D]
   */
  public static void write(
      OutputStream out,
      ExtractorIdentity extractor,
      List<FeatureLayer> layers,
      String source,
      String digest,
      int[] labels,
      float[][] features)
      throws IOException {
    checkArgument(layers.size() == features.length, "layers and features differ in number");
    DigestOutputStream hashing = new DigestOutputStream(out, sha256());
    DataOutputStream data = new DataOutputStream(hashing);
    data.writeLong(MAGIC);
    data.writeInt(VERSION);
    data.writeUTF(extractor.name());
    data.writeUTF(extractor.weights());
    data.writeUTF(extractor.resize());
    data.writeInt(layers.size());
    for (FeatureLayer layer : layers) {
      data.writeUTF(layer.name());
      data.writeUTF(layer.metric());
      data.writeInt(layer.dimension());
    }
    data.writeUTF(source);
    data.writeUTF(digest);
    data.writeInt(labels.length);
    ByteBuffer ints = ByteBuffer.allocate(Integer.BYTES * labels.length);
    ints.asIntBuffer().put(labels);
    data.write(ints.array());
    for (int i = 0; i < features.length; i++) {
      int values = labels.length * layers.get(i).dimension();
      checkArgument(features[i].length >= values, "layer %s lacks rows", layers.get(i).name());
      ByteBuffer buffer = ByteBuffer.allocate(Float.BYTES * 4096);
      for (int from = 0; from < values; from += 4096) {
        int n = Math.min(4096, values - from);
        buffer.asFloatBuffer().put(features[i], from, n);
        data.write(buffer.array(), 0, Float.BYTES * n);
      }
    }
    data.flush();
    out.write(hashing.getMessageDigest().digest());
    out.flush();
  }

  /**
   * Reads the beginning of a file.
   *
   * @param name the file's, for messages
   * @throws UserException if it is foreign or cut off
   */
  public static Header readHeader(InputStream in, String name) throws IOException {
    DataInputStream data = new DataInputStream(in);
    try {
      if (data.readLong() != MAGIC) {
        throw new UserException("%s: not a file of features", name);
      }
      int version = data.readInt();
      if (version != VERSION) {
        throw new UserException(
            "%s: format version %d; this program reads %d", name, version, VERSION);
      }
      Texts texts = new Texts(data);
      ExtractorIdentity extractor = new ExtractorIdentity(texts.next(), texts.next(), texts.next());
      int layerCount = data.readInt();
      if (layerCount < 1 || layerCount > 64) {
        throw new UserException("%s: corrupt, %d layers", name, layerCount);
      }
      List<FeatureLayer> layers = new ArrayList<>();
      for (int i = 0; i < layerCount; i++) {
        String layer = texts.next();
        String metric = texts.next();
        int dimension = data.readInt();
        if (dimension < 1 || dimension > LARGEST_DIMENSION) {
          throw new UserException("%s: corrupt, dimension %d", name, dimension);
        }
        layers.add(new FeatureLayer(layer, dimension, metric));
      }
      String source = texts.next();
      String digest = texts.next();
      int count = data.readInt();
      if (count < 1) {
        throw new UserException("%s: corrupt, %d images", name, count);
      }
      int length = Long.BYTES + (3 + layerCount) * Integer.BYTES + texts.bytes;
      return new Header(extractor, layers, source, digest, count, length);
    } catch (EOFException e) {
      throw new UserException(e, "%s: truncated file of features", name);
    } catch (UTFDataFormatException | IllegalArgumentException e) { // no UTF-8, empty names
      throw new UserException(e, "%s: corrupt, %s", name, e.getMessage());
    }
  }

  /** Counts the bytes of texts as they are read. */
  private static final class Texts {
    private final DataInputStream in;
    private int bytes;

    Texts(DataInputStream in) {
      this.in = in;
    }

    String next() throws IOException {
      int length = in.readUnsignedShort();
      byte[] text = new byte[length + 2];
      text[0] = (byte) (length >>> 8);
      text[1] = (byte) length;
      in.readFully(text, 2, length);
      bytes += text.length;
      return DataInputStream.readUTF(new DataInputStream(new ByteArrayInputStream(text)));
    }
  }

  /**
   * Reads a whole file, hands over the rows of one layer, and checks the hash at the end.
   *
   * @param layer its name; null to check only
   * @return the header
   * @throws UserException if the file is foreign, cut off or altered; rows may have been handed
   *     over by then
   */
  public static Header scan(InputStream in, String name, String layer, Rows rows)
      throws IOException {
    DigestInputStream hashing = new DigestInputStream(in, sha256());
    Header header = readHeader(hashing, name);
    if (layer != null) {
      header.indexOf(layer);
    }
    DataInputStream data = new DataInputStream(hashing);
    try {
      skip(data, (long) Integer.BYTES * header.count);
      for (FeatureLayer there : header.layers) {
        int d = there.dimension();
        if (!there.name().equals(layer)) {
          skip(data, (long) Float.BYTES * header.count * d);
          continue;
        }
        byte[] bytes = new byte[Float.BYTES * ROWS * d];
        float[] values = new float[ROWS * d];
        for (int first = 0; first < header.count; first += ROWS) {
          int n = Math.min(ROWS, header.count - first);
          data.readFully(bytes, 0, Float.BYTES * n * d);
          ByteBuffer.wrap(bytes).asFloatBuffer().get(values, 0, n * d);
          rows.accept(values, first, n);
        }
      }
      byte[] expected = hashing.getMessageDigest().digest();
      byte[] found = new byte[HASH_BYTES];
      new DataInputStream(in).readFully(found);
      if (!MessageDigest.isEqual(expected, found) || in.read() >= 0) {
        throw new UserException("%s: damaged, its hash is another", name);
      }
      return header;
    } catch (EOFException e) {
      throw new UserException(e, "%s: truncated file of features", name);
    }
  }

  private static void skip(DataInputStream in, long bytes) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (long left = bytes; left > 0; ) {
      int n = (int) Math.min(left, buffer.length);
      in.readFully(buffer, 0, n); // read, so that it is hashed
      left -= n;
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
