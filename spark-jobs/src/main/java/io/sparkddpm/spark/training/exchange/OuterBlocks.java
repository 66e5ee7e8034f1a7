package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.OuterOptimizer;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;

/**
 * What a round's averaging tasks need for the outer step: the parameters that the round started
 * from and the momentum, both as the tasks of the round before keep them, as a rule where the same
 * blocks are averaged now; or as the driver has broadcast them.
 *
 * @param held where they are kept; not used where there is a broadcast
 * @param sent all vectors that the round started from, then the momentum; {@code null}: held
 */
record OuterBlocks(OuterOptimizer optimizer, AverageBlocks held, Broadcast<VectorBlock[]> sent)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Blocks that a task holds beside those of the workers. */
  static final int BLOCKS = 2;

  /**
   * Parameters and momentum of a block.
   *
   * @param offset of the block in both
   */
  record Start(float[] parameters, float[] momentum, int offset) {}

  /** What is to be fetched for a block of parameters: they themselves, then the momentum. */
  List<BlockSource> sources(int block) {
    if (sent != null) {
      return List.of();
    }
    return List.of(
        lostAsStart(held.source(BlockStore.Kind.AVERAGE, block)),
        lostAsStart(held.source(BlockStore.Kind.MOMENTUM, block)));
  }

  private static BlockSource lostAsStart(BlockSource source) {
    return new BlockSource(AverageTask.START, source.at(), source.id());
  }

  /** What was broadcast; {@code null} where the {@link #sources} are fetched instead. */
  Start start(int block, BlockGrid grid) {
    if (sent == null) {
      return null;
    }
    VectorBlock[] vectors = sent.value();
    return new Start(vectors[0].array(), vectors[vectors.length - 1].array(), grid.offset(block));
  }
}
