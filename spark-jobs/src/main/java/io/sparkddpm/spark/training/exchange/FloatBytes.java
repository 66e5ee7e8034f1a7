package io.sparkddpm.spark.training.exchange;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Float32 values as little-endian bytes. Not thread-safe: it has a buffer of its own. */
final class FloatBytes {
  /** Values that are handled at a time: they stay in the processor's cache. */
  static final int CHUNK = 1 << 15;

  private final byte[] bytes = new byte[CHUNK * Float.BYTES];
  private final FloatBuffer values = view(bytes);

  /** Reads {@code n} values, at most {@link #CHUNK}. */
  void read(InputStream in, float[] to, int offset, int n) throws IOException {
    int got = in.readNBytes(bytes, 0, n * Float.BYTES);
    if (got != n * Float.BYTES) {
      throw new BlockLengthException(
          "a block ends after %s bytes of a piece of %s", got, n * Float.BYTES);
    }
    values.get(0, to, offset, n);
  }

  /** Bytes seen as values. */
  static FloatBuffer view(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }
}
