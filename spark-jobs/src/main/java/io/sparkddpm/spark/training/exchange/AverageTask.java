package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.WeightedMean;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.storage.BlockManagerId;

/**
 * Averages some blocks over all workers, in worker order, and keeps the results where it runs. A
 * block of each worker is held at a time, and at least as many come in meanwhile.
 *
 * @param workers in the order in which they are summed
 * @param tasks how many average
 * @param averagesFrom the first round whose averages are still needed
 */
public record AverageTask(
    RoundKey round, BlockGrid grid, List<Worker> workers, int tasks, RoundKey averagesFrom)
    implements Function<Integer, AverageTask.Output> {
  private static final long serialVersionUID = 1L;
  private static final int NOBODY = -1;

  /** A worker whose vectors are averaged, by the examples behind them. */
  record Worker(int number, long examples, BlockManagerId at) implements Serializable {}

  /**
   * What the driver gets.
   *
   * @param at where the averages are kept
   * @param lostWorker whose vectors are gone, so that there are no averages; negative: nobody's
   */
  record Output(int task, BlockManagerId at, int lostWorker) implements Serializable {
    boolean isWhole() {
      return lostWorker < 0;
    }
  }

  /** Bytes that a task holds while it averages over so many workers. */
  public static long stagingBytes(int workers, BlockGrid grid) {
    return (long) (workers + ahead(workers, grid)) * grid.largest() * Float.BYTES;
  }

  /** Blocks under way while others are averaged. */
  private static int ahead(int workers, BlockGrid grid) {
    return Math.max(workers, grid.window());
  }

  @Override
  public Output call(Integer task) {
    BlockManagerId here = SparkEnv.get().blockManager().blockManagerId();
    BlockStore store = BlockStore.here();
    store.removeBefore(round, BlockStore.Kind.WORKER);
    store.removeBefore(averagesFrom, BlockStore.Kind.AVERAGE);
    int[] blocks = Averages.blocksOf(task, tasks, grid);
    int ahead = ahead(workers.size(), grid);
    try (RotatingArrays staging = new RotatingArrays(workers.size() + ahead, grid.largest());
        BlockReader reader = new BlockReader(reads(blocks, staging).iterator(), ahead)) {
      average(task, blocks, staging, reader);
      return new Output(task, here, NOBODY);
    } catch (LostBlocksException e) {
      return new Output(task, here, e.owner());
    }
  }

  /** All workers' blocks of one number, then those of the next. */
  private List<BlockRead> reads(int[] blocks, RotatingArrays staging) {
    List<BlockRead> reads = new ArrayList<>();
    for (int block : blocks) {
      for (Worker w : workers) {
        BlockSource source =
            new BlockSource(
                w.number, w.at, BlockStore.id(round, BlockStore.Kind.WORKER, w.number, block));
        reads.add(new BlockRead(source, staging.turn(reads.size()), 0, grid.length(block)));
      }
    }
    return reads;
  }

  private void average(int task, int[] blocks, RotatingArrays staging, BlockReader reader) {
    WeightedMean mean = new WeightedMean(workers.stream().mapToLong(Worker::examples).toArray());
    float[][] vectors = new float[workers.size()][];
    float[] means = new float[FloatBytes.CHUNK];
    BlockStore store = BlockStore.here();
    int turn = 0;
    for (int block : blocks) {
      for (int w = 0; w < vectors.length; w++) {
        reader.next();
        vectors[w] = staging.turn(turn++);
      }
      List<byte[]> chunks = new ArrayList<>();
      int length = grid.length(block);
      for (int i = 0; i < length; i += FloatBytes.CHUNK) {
        int n = Math.min(FloatBytes.CHUNK, length - i);
        mean.of(vectors, i, means, 0, n);
        byte[] chunk = store.room();
        FloatBytes.view(chunk).put(means, 0, n);
        chunks.add(chunk);
      }
      store.keep(round, BlockStore.Kind.AVERAGE, task, block, chunks, length);
    }
  }
}
