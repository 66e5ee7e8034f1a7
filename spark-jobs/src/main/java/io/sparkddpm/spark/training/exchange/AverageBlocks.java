package io.sparkddpm.spark.training.exchange;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.spark.storage.BlockManagerId;

/**
 * Averages that tasks have made and keep: block b is kept by averaging task b modulo their number.
 *
 * @param format of the blocks of what the next round starts from
 * @param at for each averaging task the process that ran it; {@code null}: none has, or it is gone
 */
record AverageBlocks(RoundKey round, BlockGrid grid, BlockFormat format, BlockManagerId[] at)
    implements Averages {
  private static final long serialVersionUID = 1L;

  /** Blocks of an averaging task, ascending. */
  static int[] blocksOf(int task, int tasks, BlockGrid grid) {
    return IntStream.range(0, grid.blocks()).filter(b -> b % tasks == task).toArray();
  }

  /** The same places in an array of its own. */
  AverageBlocks copy() {
    return new AverageBlocks(round, grid, format, at.clone());
  }

  /** Tasks that are to be run. */
  List<Integer> open() {
    return IntStream.range(0, at.length).filter(t -> at[t] == null).boxed().toList();
  }

  /** Takes note that a task's process is gone, and with it all that it kept. */
  void lose(int task) {
    BlockManagerId gone = at[task];
    for (int t = 0; t < at.length; t++) {
      if (Objects.equals(at[t], gone)) {
        at[t] = null;
      }
    }
  }

  /** A block that its task keeps. */
  BlockSource source(BlockStore.Kind kind, int block) {
    int task = block % at.length;
    return new BlockSource(task, at[task], BlockStore.id(round, kind, task, block));
  }

  /** Names an averaging task where a block is gone. */
  @Override
  public void readInto(BlockStore.Kind parameters, BlockedVectors to) {
    List<BlockRead> reads = new ArrayList<>();
    for (int b = 0; b < grid.blocks(); b++) {
      BlockSource source = source(grid.vector(b) == 0 ? parameters : BlockStore.Kind.AVERAGE, b);
      float[] vector = to.arrays()[grid.vector(b)];
      reads.add(new BlockRead(source, format, vector, grid.offset(b), grid.length(b)));
    }
    try (BlockReader reader = new BlockReader(reads.iterator(), grid.window())) {
      for (int b = 0; b < grid.blocks(); b++) {
        reader.next();
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AverageBlocks a
        && a.round.equals(round)
        && a.grid.equals(grid)
        && a.format == format
        && Arrays.equals(a.at, at);
  }

  @Override
  public int hashCode() {
    return Objects.hash(round, grid, format, Arrays.hashCode(at));
  }

  @Override
  public String toString() {
    return "averages of round " + round + " at " + Arrays.toString(at);
  }
}
