package io.sparkddpm.spark.training.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Puts the bytes of float32 values, little-endian, into their place as they come, in pieces of any
 * length. One thread at a time.
 */
final class FloatArrival {
  private final float[] to;
  private final int end;
  private int at;

  /** The bytes of a value that has not come whole. */
  private final ByteBuffer torn = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  FloatArrival(float[] to, int offset, int length) {
    this.to = to;
    this.at = offset;
    this.end = offset + length;
  }

  /** Takes all that remains in {@code bytes}. */
  void take(ByteBuffer bytes) {
    while (torn.position() > 0 && bytes.hasRemaining()) {
      tear(bytes.get());
    }
    int whole = bytes.remaining() / Float.BYTES;
    if (whole > end - at) {
      throw new BlockLengthException(
          "a block is longer than expected by %s values", at + whole - end);
    }
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(to, at, whole);
    bytes.position(bytes.position() + whole * Float.BYTES);
    at += whole;
    while (bytes.hasRemaining()) {
      tear(bytes.get());
    }
  }

  private void tear(byte next) {
    torn.put(next);
    if (!torn.hasRemaining()) {
      if (at == end) {
        throw new BlockLengthException("a block is longer than expected");
      }
      to[at++] = torn.getFloat(0);
      torn.clear();
    }
  }

  /** Says that nothing comes any more. */
  void end() {
    if (at < end || torn.position() > 0) {
      throw new BlockLengthException("a block ends %s values too early", end - at);
    }
  }
}
