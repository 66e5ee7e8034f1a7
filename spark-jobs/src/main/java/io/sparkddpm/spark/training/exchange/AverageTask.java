package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.StateVector;
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
 * @param left what is averaged
 * @param tasks how many average
 * @param averagesFrom the first round whose averages are still needed
 * @param payload what it is
 * @param outer what changes the mean of the parameters here; {@code null}: nothing
 */
public record AverageTask(
    WorkerBlocks left, int tasks, RoundKey averagesFrom, Payload payload, OuterBlocks outer)
    implements Function<Integer, AverageTask.Output> {
  private static final long serialVersionUID = 1L;
  private static final int NOBODY = -1;

  /** Of the blocks that a round starts from. */
  static final int START = -2;

  /**
   * What the driver gets.
   *
   * @param at where the averages are kept
   * @param lostWorker whose vectors are gone, so that there are no averages; {@link #START}: what
   *     the round started from is gone; any other negative: nothing
   */
  record Output(int task, BlockManagerId at, int lostWorker) implements Serializable {
    boolean isWhole() {
      return lostWorker == NOBODY;
    }

    boolean isWithoutStart() {
      return lostWorker == START;
    }
  }

  /**
   * Bytes that a task holds while it averages.
   *
   * @param outer whether an outer optimiser changes the mean
   */
  public static long stagingBytes(int workers, BlockGrid grid, boolean outer) {
    int held = outer ? workers + OuterBlocks.BLOCKS : workers;
    return (long) (held + grid.ahead(held)) * grid.largest() * Float.BYTES;
  }

  @Override
  public Output call(Integer task) {
    BlockManagerId here = SparkEnv.get().blockManager().blockManagerId();
    BlockStore store = BlockStore.here();
    store.removeOld(left.round(), left.round(), averagesFrom);
    store.removeMeans(left.round());
    BlockGrid grid = left.grid();
    int[] blocks = AverageBlocks.blocksOf(task, tasks, grid);
    int held = left.workers().size() + (outer == null ? 0 : OuterBlocks.BLOCKS);
    int ahead = grid.ahead(held);
    try (RotatingArrays staging = new RotatingArrays(held + ahead, grid.largest());
        BlockReader reader = new BlockReader(reads(blocks, staging).iterator(), ahead)) {
      average(task, blocks, staging, reader);
      return new Output(task, here, NOBODY);
    } catch (LostBlocksException e) {
      return new Output(task, here, e.owner());
    }
  }

  private boolean isChanged(int block) {
    return outer != null && left.grid().vector(block) == 0;
  }

  /** All workers' blocks of one number, and what it started from; then those of the next. */
  private List<BlockRead> reads(int[] blocks, RotatingArrays staging) {
    List<BlockRead> reads = new ArrayList<>();
    for (int block : blocks) {
      for (BlockSource source : left.sources(block)) {
        reads.add(read(source, left.format(), block, staging.turn(reads.size())));
      }
      if (isChanged(block)) {
        for (BlockSource source : outer.sources(block)) {
          reads.add(read(source, BlockFormat.FLOAT32, block, staging.turn(reads.size())));
        }
      }
    }
    return reads;
  }

  private BlockRead read(BlockSource source, BlockFormat format, int block, float[] to) {
    return new BlockRead(source, format, to, 0, left.grid().length(block));
  }

  private void average(int task, int[] blocks, RotatingArrays staging, BlockReader reader) {
    BlockGrid grid = left.grid();
    WeightedMean mean = left.mean();
    float[][] vectors = new float[left.workers().size()][];
    int chunk = left.format().chunk();
    float[] means = new float[chunk];
    int turn = 0;
    for (int block : blocks) {
      for (int w = 0; w < vectors.length; w++) {
        reader.next();
        vectors[w] = staging.turn(turn++);
      }
      int length = grid.length(block);
      if (isChanged(block)) {
        OuterBlocks.Start start = outer.start(block, grid);
        if (start == null) {
          reader.next();
          float[] parameters = staging.turn(turn++);
          reader.next();
          start = new OuterBlocks.Start(parameters, staging.turn(turn++), 0);
        }
        change(task, block, mean, vectors, start);
        continue;
      }
      StateVector vector = StateVector.values()[grid.vector(block)];
      KeptBlock average = new KeptBlock(BlockStore.Kind.AVERAGE, left.format(), length);
      for (int i = 0; i < length; i += chunk) {
        int n = Math.min(chunk, length - i);
        mean.of(vectors, i, means, 0, n);
        payload.ofMean(vector, grid.offset(block) + i, means, n);
        average.add(means, n);
      }
      average.keep(task, block);
    }
  }

  /** Averages a block of parameters and takes the outer step; keeps mean, outcome and momentum. */
  private void change(
      int task, int block, WeightedMean mean, float[][] vectors, OuterBlocks.Start start) {
    int length = left.grid().length(block);
    BlockFormat format = BlockFormat.FLOAT32;
    float[] values = new float[format.chunk()];
    float[] momentum = new float[format.chunk()];
    KeptBlock means = new KeptBlock(BlockStore.Kind.MEAN, format, length);
    KeptBlock next = new KeptBlock(BlockStore.Kind.AVERAGE, format, length);
    KeptBlock momenta = new KeptBlock(BlockStore.Kind.MOMENTUM, format, length);
    for (int i = 0; i < length; i += format.chunk()) {
      int n = Math.min(format.chunk(), length - i);
      int from = start.offset() + i;
      mean.of(vectors, i, values, 0, n);
      means.add(values, n);
      System.arraycopy(start.momentum(), from, momentum, 0, n);
      outer.optimizer().step(start.parameters(), from, values, momentum, 0, n);
      next.add(values, n);
      momenta.add(momentum, n);
    }
    means.keep(task, block);
    next.keep(task, block);
    momenta.keep(task, block);
  }

  /** A block that is put together from chunks, to be kept here. */
  private final class KeptBlock {
    private final BlockStore store = BlockStore.here();
    private final List<byte[]> chunks = new ArrayList<>();
    private final BlockStore.Kind kind;
    private final BlockFormat format;
    private final int length;

    KeptBlock(BlockStore.Kind kind, BlockFormat format, int length) {
      this.kind = kind;
      this.format = format;
      this.length = length;
    }

    void add(float[] values, int count) {
      byte[] chunk = store.room();
      format.put(values, 0, count, chunk);
      chunks.add(chunk);
    }

    void keep(int task, int block) {
      store.keep(left.round(), kind, task, block, chunks, length * format.bytes());
    }
  }
}
