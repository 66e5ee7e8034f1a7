package io.sparkddpm.spark.evaluation.metric;

import java.util.Optional;

/**
 * The kernel distance of two sets.
 *
 * @param full the unbiased estimate over all pairs; may be negative
 * @param subsets over random subsets; none where a set has no more vectors than a subset: every
 *     subset would be all of it, and a deviation would say nothing
 */
public record Kid(double full, Optional<Subsets> subsets) {

  /**
   * Over random subsets.
   *
   * @param mean of their estimates
   * @param deviation population standard deviation of them
   * @param count how many
   * @param size vectors of each set in a subset
   * @param seed which subsets
   */
  public record Subsets(double mean, double deviation, int count, int size, long seed) {}
}
