package io.sparkddpm.spark.training.exchange;

import java.io.Serializable;

/**
 * The averaged vectors of a round, in blocks on executors. Whoever reads them gets the same bits.
 */
public interface Averages extends Serializable {
  /** Whose averages they are. */
  RoundKey round();

  /** What is read, cut into blocks. */
  BlockGrid grid();

  /**
   * Fetches all of them.
   *
   * @param parameters which blocks of the first vector: {@code AVERAGE} or {@code MEAN}
   * @throws LostBlocksException naming who had what is gone; then {@code to} is undefined
   */
  void readInto(BlockStore.Kind parameters, BlockedVectors to);
}
