package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.WeightedMean;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.storage.BlockManagerId;

/**
 * What the workers of a round have left, averaged by whoever reads it: of few bytes, all workers'
 * are read sooner than a job has averaged them.
 *
 * @param format of the blocks
 * @param workers in the order in which they are summed
 */
record WorkerBlocks(RoundKey round, BlockGrid grid, BlockFormat format, List<Worker> workers)
    implements Averages {
  private static final long serialVersionUID = 1L;

  /** A worker whose vectors are averaged, by the examples behind them. */
  record Worker(int number, long examples, BlockManagerId at) implements Serializable {}

  /** Sums in worker order. */
  WeightedMean mean() {
    return new WeightedMean(workers.stream().mapToLong(Worker::examples).toArray());
  }

  /** All workers' blocks of a number, in their order. */
  List<BlockSource> sources(int block) {
    return workers.stream()
        .map(
            w ->
                new BlockSource(
                    w.number, w.at, BlockStore.id(round, BlockStore.Kind.WORKER, w.number, block)))
        .toList();
  }

  /** Names a worker where its vectors are gone. */
  @Override
  public void readInto(BlockStore.Kind parameters, BlockedVectors to) {
    WeightedMean mean = mean();
    float[][] left = new float[workers.size()][];
    int ahead = grid.ahead(left.length);
    try (RotatingArrays staging = new RotatingArrays(left.length + ahead, grid.largest());
        BlockReader reader = new BlockReader(reads(staging).iterator(), ahead)) {
      int turn = 0;
      for (int b = 0; b < grid.blocks(); b++) {
        for (int w = 0; w < left.length; w++) {
          reader.next();
          left[w] = staging.turn(turn++);
        }
        mean.of(left, 0, to.arrays()[grid.vector(b)], grid.offset(b), grid.length(b));
      }
    }
  }

  private List<BlockRead> reads(RotatingArrays staging) {
    List<BlockRead> reads = new ArrayList<>();
    for (int b = 0; b < grid.blocks(); b++) {
      for (BlockSource source : sources(b)) {
        reads.add(new BlockRead(source, format, staging.turn(reads.size()), 0, grid.length(b)));
      }
    }
    return reads;
  }
}
