package io.sparkddpm.spark.train;

import io.sparkddpm.train.TrainingState;

/** Equally long flat vectors, seen as blocks. */
record Vectors(float[]... arrays) {
  /** Parameters and moments of a state; shared, not copied. */
  static Vectors of(TrainingState state) {
    return new Vectors(state.parameters(), state.firstMoment(), state.secondMoment());
  }

  /** Room for what a grid cuts up. */
  static Vectors of(BlockGrid grid) {
    return new Vectors(new float[grid.vectors()][grid.length()]);
  }

  /** Cut into blocks of so many values. */
  BlockGrid grid(int block) {
    return new BlockGrid(arrays.length, arrays[0].length, block);
  }

  /** Cut into blocks as suits so many workers. */
  BlockGrid gridFor(int workers) {
    return BlockGrid.forWorkers(workers, arrays.length, arrays[0].length);
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
