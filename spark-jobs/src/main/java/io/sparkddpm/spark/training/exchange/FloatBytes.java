package io.sparkddpm.spark.training.exchange;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads the bytes of values from streams. Not thread-safe: it has a buffer of its own. */
final class FloatBytes {
  private final byte[] bytes = new byte[BlockFormat.CHUNK_BYTES];

  /** Reads {@code n} values, at most a {@link BlockFormat#chunk}. */
  void read(InputStream in, BlockFormat format, float[] to, int offset, int n) throws IOException {
    int wanted = n * format.bytes();
    int got = in.readNBytes(bytes, 0, wanted);
    if (got != wanted) {
      throw new BlockLengthException("a block ends after %s bytes of a piece of %s", got, wanted);
    }
    format.get(ByteBuffer.wrap(bytes), to, offset, n);
  }
}
