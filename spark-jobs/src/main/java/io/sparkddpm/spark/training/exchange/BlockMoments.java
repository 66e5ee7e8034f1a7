package io.sparkddpm.spark.training.exchange;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.engine.LostMomentsException;
import io.sparkddpm.engine.WorkerMoments;
import java.io.Serializable;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.storage.BlockManagerId;

/**
 * Workers' moments as blocks of the processes in which the workers ran. Both are read by the next
 * round's workers, as a rule where they lie, and by the driver for a checkpoint.
 *
 * @param round at whose end they were kept
 * @param grid of the two vectors of a worker
 * @param at the process that keeps them, by worker
 */
record BlockMoments(RoundKey round, BlockGrid grid, Map<Integer, BlockManagerId> at)
    implements WorkerMoments, Serializable {
  private static final long serialVersionUID = 1L;

  @Override
  public void read(int worker, float[] first, float[] second) {
    BlockManagerId process = at.get(worker);
    checkState(process != null, "worker %s has left no moments", worker);
    float[][] to = {first, second};
    var reads =
        IntStream.range(0, grid.blocks())
            .mapToObj(
                b -> {
                  var id = BlockStore.id(round, BlockStore.Kind.MOMENTS, worker, b);
                  var source = new BlockSource(worker, process, id);
                  return new BlockRead(
                      source,
                      BlockFormat.FLOAT32,
                      to[grid.vector(b)],
                      grid.offset(b),
                      grid.length(b));
                })
            .iterator();
    try (BlockReader reader = new BlockReader(reads, grid.window())) {
      for (int b = 0; b < grid.blocks(); b++) {
        reader.next();
      }
    } catch (LostBlocksException e) {
      throw new LostMomentsException(worker, e);
    }
  }
}
