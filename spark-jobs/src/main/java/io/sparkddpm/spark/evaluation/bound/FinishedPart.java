package io.sparkddpm.spark.evaluation.bound;

import static java.util.Objects.requireNonNull;

import io.sparkddpm.diffusion.BoundSums;
import java.io.Serializable;

/**
 * A part that was measured, as it is noted.
 *
 * @param plan fingerprint of the plan that it belongs to
 * @param number of the part
 * @param sums over its images
 */
record FinishedPart(String plan, int number, BoundSums sums) implements Serializable {
  /** Makes sure that a note that was read is whole. */
  FinishedPart {
    requireNonNull(plan);
    requireNonNull(sums);
  }
}
