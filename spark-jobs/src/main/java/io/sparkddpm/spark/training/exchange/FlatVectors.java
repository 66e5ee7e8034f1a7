package io.sparkddpm.spark.training.exchange;

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

  /** Cut into blocks as suits so many workers. */
  default BlockGrid gridFor(int workers) {
    return BlockGrid.forWorkers(workers, count(), length());
  }
}
