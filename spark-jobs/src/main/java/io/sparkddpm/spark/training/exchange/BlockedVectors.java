package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.TrainingState;
import java.nio.FloatBuffer;

/** Equally long flat vectors, seen as blocks. The outer array is its own. */
public record BlockedVectors(float[]... arrays) implements FlatVectors {
  /** Parameters and moments of a state; shared, not copied. */
  public static BlockedVectors of(TrainingState state) {
    return new BlockedVectors(state.parameters(), state.firstMoment(), state.secondMoment());
  }

  /** Room for what a grid cuts up. */
  public static BlockedVectors of(BlockGrid grid) {
    return new BlockedVectors(new float[grid.vectors()][grid.length()]);
  }

  /** Cut into blocks of so many values. */
  public BlockGrid grid(int block) {
    return new BlockGrid(arrays.length, arrays[0].length, block);
  }

  @Override
  public int count() {
    return arrays.length;
  }

  @Override
  public int length() {
    return arrays[0].length;
  }

  @Override
  public void read(int vector, int offset, FloatBuffer to) {
    to.put(arrays[vector], offset, to.remaining());
  }

  /** Exchanges the arrays with those of others of the same shape. */
  void swap(BlockedVectors other) {
    for (int i = 0; i < arrays.length; i++) {
      float[] mine = arrays[i];
      arrays[i] = other.arrays[i];
      other.arrays[i] = mine;
    }
  }
}
