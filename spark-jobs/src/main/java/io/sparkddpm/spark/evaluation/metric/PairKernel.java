package io.sparkddpm.spark.evaluation.metric;

import io.sparkddpm.statistics.Gram;
import java.io.Serializable;

/** A function of two vectors that is summed over all pairs, block by block. */
public interface PairKernel extends Serializable {
  /**
   * The sum over a block of pairs.
   *
   * @param block inner products of the pairs
   * @param dimension of the vectors
   * @param diagonal whether rows and columns are the same vectors: then each pair counts once, and
   *     no vector with itself
   */
  double sum(Gram block, int dimension, boolean diagonal);
}
