package io.sparkddpm.spark.train;

import io.sparkddpm.train.WeightedMean;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.storage.BlockManagerId;

/**
 * Averages some blocks over all workers, in worker order, straight from what the network brings,
 * and keeps the results where it runs. Little more than the blocks on their way is held at a time.
 *
 * @param workers in the order in which they are summed
 * @param tasks how many average
 * @param averagesFrom the first round whose averages are still needed
 */
record AverageTask(long round, BlockGrid grid, List<Worker> workers, int tasks, long averagesFrom)
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

  @Override
  public Output call(Integer task) throws IOException {
    BlockManagerId here = SparkEnv.get().blockManager().blockManagerId();
    KeptBlocks.SHARED.removeBefore(round, KeptBlocks.Kind.WORKER);
    KeptBlocks.SHARED.removeBefore(averagesFrom, KeptBlocks.Kind.AVERAGE);
    int[] blocks = Averages.blocksOf(task, tasks, grid);
    int ahead = Math.max(workers.size(), Averages.WINDOW / (grid.block() * Float.BYTES));
    try (BlockReader reader = new BlockReader(sources(blocks).iterator(), ahead)) {
      Work work = new Work();
      for (int block : blocks) {
        work.average(task, block, reader);
      }
      return new Output(task, here, NOBODY);
    } catch (LostBlocksException e) {
      return new Output(task, here, e.owner());
    }
  }

  private List<BlockSource> sources(int[] blocks) {
    return Arrays.stream(blocks)
        .boxed()
        .flatMap(
            block ->
                workers.stream()
                    .map(
                        w ->
                            new BlockSource(
                                w.number,
                                w.at,
                                KeptBlocks.id(round, KeptBlocks.Kind.WORKER, w.number, block))))
        .toList();
  }

  /** Room for the work on one block after another. */
  private final class Work {
    private final FloatBytes bytes = new FloatBytes();
    private final float[] values = new float[FloatBytes.CHUNK];

    void average(int task, int block, BlockReader reader) throws IOException {
      List<ManagedBuffer> buffers = new ArrayList<>();
      List<InputStream> streams = new ArrayList<>();
      try {
        for (int w = 0; w < workers.size(); w++) {
          buffers.add(reader.next());
          streams.add(buffers.get(w).createInputStream());
        }
        List<byte[]> chunks = new ArrayList<>();
        int length = grid.length(block);
        for (int i = 0; i < length; i += FloatBytes.CHUNK) {
          chunks.add(average(streams, Math.min(FloatBytes.CHUNK, length - i)));
        }
        KeptBlocks.SHARED.keep(round, KeptBlocks.Kind.AVERAGE, task, block, chunks, length);
      } finally {
        for (InputStream stream : streams) {
          stream.close();
        }
        buffers.forEach(ManagedBuffer::release);
      }
    }

    private byte[] average(List<InputStream> streams, int length) throws IOException {
      WeightedMean mean = new WeightedMean(length);
      for (int w = 0; w < workers.size(); w++) {
        bytes.read(streams.get(w), values, 0, length);
        mean.add(values, 0, workers.get(w).examples);
      }
      byte[] chunk = KeptBlocks.SHARED.room();
      FloatBytes.write(mean.mean(), 0, length, chunk);
      return chunk;
    }
  }
}
