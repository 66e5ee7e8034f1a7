package io.sparkddpm.spark.training.exchange;

import java.nio.ByteBuffer;

/**
 * Puts the bytes of values into their place as they come, in pieces of any length. One thread at a
 * time.
 */
final class FloatArrival {
  private final BlockFormat format;
  private final float[] to;
  private final int end;
  private int at;

  /** The bytes of a value that has not come whole. */
  private final ByteBuffer torn;

  FloatArrival(BlockRead read) {
    this.format = read.format();
    this.to = read.to();
    this.at = read.offset();
    this.end = read.offset() + read.length();
    this.torn = ByteBuffer.allocate(format.bytes());
  }

  /** Takes all that remains in {@code bytes}. */
  void take(ByteBuffer bytes) {
    while (torn.position() > 0 && bytes.hasRemaining()) {
      tear(bytes.get());
    }
    int whole = bytes.remaining() / format.bytes();
    if (whole > end - at) {
      throw new BlockLengthException(
          "a block is longer than expected by %s values", at + whole - end);
    }
    format.get(bytes, to, at, whole);
    bytes.position(bytes.position() + whole * format.bytes());
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
      torn.clear();
      format.get(torn, to, at++, 1);
    }
  }

  /** Says that nothing comes any more. */
  void end() {
    if (at < end || torn.position() > 0) {
      throw new BlockLengthException("a block ends %s values too early", end - at);
    }
  }
}
