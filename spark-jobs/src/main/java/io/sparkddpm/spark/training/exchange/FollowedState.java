package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.ChangeRounding;
import io.sparkddpm.engine.OuterOptimizer;
import io.sparkddpm.engine.StateVector;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The vectors from which this process's workers start a round of a run where changes travel: those
 * that the driver has sent once, which follow the rounds by the mean change of each, and by the
 * outer step, if there is one. A process that has missed a round needs them from the driver again.
 * It travels empty, as a broadcast: each process has one, and the vectors go when the broadcast is
 * destroyed. Thread-safe.
 */
final class FollowedState implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Values that are changed at a time: they stay in the processor's cache. */
  private static final int CHUNK = 1 << 14;

  /** Which starts from the vectors; {@code null}: they are undefined. */
  private transient RoundKey round;

  private transient float[][] vectors;
  private transient float[] momentum;

  /** From what the driver has sent, which this process keeps a copy of; only to be read. */
  synchronized float[][] sent(Payload.Start start) {
    checkNotOver(start);
    float[][] all = start.broadcast();
    if (!start.round().equals(round)) {
      round = null;
      if (vectors == null || vectors.length != start.vectors()) {
        vectors = new float[start.vectors()][all[0].length];
      }
      for (int v = 0; v < vectors.length; v++) {
        System.arraycopy(all[v], 0, vectors[v], 0, all[v].length);
      }
      momentum = start.outer() == null ? null : start.momentum().clone();
      round = start.round();
    }
    System.arraycopy(vectors, 0, all, 0, vectors.length);
    return all;
  }

  /**
   * From what the round before has averaged; only to be read, until the next round's is asked for.
   *
   * @throws LostBlocksException if some of that is gone, or if this process does not have what the
   *     round before started from
   */
  synchronized float[][] after(Payload.Start start) {
    checkNotOver(start);
    if (!start.round().equals(round)) {
      if (!start.held().round().equals(round)) {
        throw new LostBlocksException(AverageTask.START, "this process has missed a round");
      }
      round = null;
      follow(start.blocks(), start.outer());
      round = start.round();
    }
    return vectors.clone();
  }

  /** A task that was overtaken must not overwrite what others are reading. */
  private void checkNotOver(Payload.Start start) {
    if (round != null && start.round().isBefore(round)) {
      throw new IllegalStateException("round " + start.round().number() + " is over");
    }
  }

  private void follow(AverageBlocks averages, OuterOptimizer outer) {
    BlockGrid grid = averages.grid();
    int ahead = grid.window();
    try (RotatingArrays staging = new RotatingArrays(ahead + 1, grid.largest())) {
      List<BlockRead> reads = new ArrayList<>();
      for (int b = 0; b < grid.blocks(); b++) {
        BlockSource source = averages.source(BlockStore.Kind.AVERAGE, b);
        reads.add(new BlockRead(source, averages.format(), staging.turn(b), 0, grid.length(b)));
      }
      try (BlockReader reader = new BlockReader(reads.iterator(), ahead)) {
        for (int b = 0; b < grid.blocks(); b++) {
          reader.next();
          change(grid, b, staging.turn(b), outer);
        }
      }
    }
  }

  private void change(BlockGrid grid, int block, float[] changes, OuterOptimizer outer) {
    StateVector vector = StateVector.values()[grid.vector(block)];
    float[] values = vectors[grid.vector(block)];
    float[] mean = new float[CHUNK];
    float[] momenta = new float[CHUNK];
    for (int i = 0; i < grid.length(block); i += CHUNK) {
      int n = Math.min(CHUNK, grid.length(block) - i);
      int at = grid.offset(block) + i;
      System.arraycopy(changes, i, mean, 0, n);
      ChangeRounding.apply(vector, values, at, mean, 0, n);
      if (outer != null && vector == StateVector.PARAMETERS) {
        System.arraycopy(momentum, at, momenta, 0, n);
        outer.step(values, at, mean, momenta, 0, n);
        System.arraycopy(momenta, 0, momentum, at, n);
      }
      System.arraycopy(mean, 0, values, at, n);
    }
  }
}
