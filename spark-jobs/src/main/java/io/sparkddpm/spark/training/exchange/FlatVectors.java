package io.sparkddpm.spark.training.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Equally long flat vectors that are copied out piece by piece. */
interface FlatVectors {
  /** How many. */
  int count();

  /** Values of each. */
  int length();

  /**
   * Copies a piece of one.
   *
   * @param offset of its first value
   * @param to receives as many values as remain in it
   */
  void read(int vector, int offset, FloatBuffer to);

  /** In which they are kept for others to fetch. */
  default BlockFormat format() {
    return BlockFormat.FLOAT32;
  }

  /**
   * Writes a piece of one in its {@link #format}.
   *
   * @param offset of its first value
   * @param n values
   * @param chunk receives them, from its beginning on
   */
  default void write(int vector, int offset, int n, byte[] chunk) {
    ByteBuffer bytes = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
    read(vector, offset, bytes.asFloatBuffer().limit(n));
  }

  /** Cut into blocks as suits so many workers. */
  default BlockGrid gridFor(int workers) {
    return BlockGrid.forWorkers(workers, count(), length());
  }
}
