package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.ExchangeFormat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;

/** How the values of a block are bytes, little-endian, in chunks of {@link #CHUNK_BYTES}. */
enum BlockFormat {
  /** Float32. */
  FLOAT32(ExchangeFormat.FLOAT32) {
    @Override
    void put(float[] from, int offset, int n, byte[] chunk) {
      ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(from, offset, n);
    }

    @Override
    void get(ByteBuffer from, float[] to, int offset, int n) {
      from.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(to, offset, n);
    }
  },
  /** The upper halves of float32 values whose lower halves are zero. */
  BFLOAT16(ExchangeFormat.BFLOAT16) {
    @Override
    void put(float[] from, int offset, int n, byte[] chunk) {
      ShortBuffer halves = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
      for (int i = 0; i < n; i++) {
        halves.put(i, (short) (Float.floatToRawIntBits(from[offset + i]) >>> Short.SIZE));
      }
    }

    @Override
    void get(ByteBuffer from, float[] to, int offset, int n) {
      ShortBuffer halves = from.order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
      for (int i = 0; i < n; i++) {
        to[offset + i] = Float.intBitsToFloat(halves.get(i) << Short.SIZE);
      }
    }
  };

  /** Of a whole chunk: it stays in the processor's cache. */
  static final int CHUNK_BYTES = 1 << 17;

  private final ExchangeFormat exchange;

  BlockFormat(ExchangeFormat exchange) {
    this.exchange = exchange;
  }

  /** Of a value. */
  int bytes() {
    return exchange.bytes();
  }

  /** Values of a whole chunk. */
  int chunk() {
    return CHUNK_BYTES / bytes();
  }

  /** Writes {@code n} values to the beginning of a chunk. */
  abstract void put(float[] from, int offset, int n, byte[] chunk);

  /**
   * Reads {@code n} values.
   *
   * @param from at its position, which stays where it is; its order is changed
   */
  abstract void get(ByteBuffer from, float[] to, int offset, int n);
}
