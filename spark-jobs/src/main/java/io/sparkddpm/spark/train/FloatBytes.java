package io.sparkddpm.spark.train;

import static io.sparkddpm.error.Checks.checkState;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Float32 values as little-endian bytes. Not thread-safe: it has a buffer of its own. */
final class FloatBytes {
  /** Values that are handled at a time: they stay in the processor's cache. */
  static final int CHUNK = 1 << 15;

  private final byte[] bytes = new byte[CHUNK * Float.BYTES];
  private final ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

  /** Reads {@code n} values, at most {@link #CHUNK}. */
  void read(InputStream in, float[] values, int offset, int n) throws IOException {
    int got = in.readNBytes(bytes, 0, n * Float.BYTES);
    checkState(got == n * Float.BYTES, "a block ends after %s bytes of a piece of %s", got, n);
    view.asFloatBuffer().get(values, offset, n);
  }

  /** Writes {@code n} values into a chunk of bytes. */
  static void write(float[] values, int offset, int n, byte[] to) {
    ByteBuffer.wrap(to).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values, offset, n);
  }
}
