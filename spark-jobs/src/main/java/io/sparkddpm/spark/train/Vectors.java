package io.sparkddpm.spark.train;

import io.sparkddpm.train.TrainingState;

/**
 * Equally long flat vectors cut into blocks, numbered through: the unit in which they are averaged.
 * How they are cut changes no bit of the result.
 */
record Vectors(float[]... arrays) {
  /** Values of a block, but for a vector's last one. */
  static final int BLOCK = 1 << 20;

  /** Parameters and moments of a state; shared, not copied. */
  static Vectors of(TrainingState state) {
    return new Vectors(state.parameters(), state.firstMoment(), state.secondMoment());
  }

  /** Blocks of {@code vectors} vectors of {@code length} values each. */
  static int blocks(int vectors, int length) {
    return vectors * blocksEach(length);
  }

  private static int blocksEach(int length) {
    return (length + BLOCK - 1) / BLOCK;
  }

  int blocks() {
    return blocks(arrays.length, arrays[0].length);
  }

  /** A view of a block that is written out when it is sent. */
  VectorBlock block(int block) {
    float[] array = arrays[block / blocksEach(arrays[0].length)];
    int offset = offset(block);
    return new VectorBlock(array, offset, Math.min(BLOCK, array.length - offset));
  }

  /** Puts a block's values in their place. */
  void set(int block, VectorBlock values) {
    float[] array = arrays[block / blocksEach(arrays[0].length)];
    System.arraycopy(values.array(), values.offset(), array, offset(block), values.length());
  }

  private int offset(int block) {
    return block % blocksEach(arrays[0].length) * BLOCK;
  }

  /** Whether every value is a number. */
  boolean areFinite() {
    for (float[] array : arrays) {
      for (float value : array) {
        if (!Float.isFinite(value)) {
          return false;
        }
      }
    }
    return true;
  }
}
