package io.sparkddpm.diffusion;

import io.sparkddpm.tensor.Shape;

/**
 * What a network's output stands for: what it is trained to give, and how x_0 and ε are read from
 * it. All three are linear and belong to one level. Implementations have no state; threads may
 * share them.
 *
 * <p>To add a head, write a class with its three formulas ({@link EpsilonHead} is the smallest
 * example) and list it in {@link PredictionType}; solvers, objectives and the reading of
 * checkpoints know heads through this interface only. A score network's head divides by −σ. A head
 * whose network gives more than one value for an element, such as a mean and a variance, says so in
 * {@link #outputShape} and has the values that these formulas are about in the first channels.
 */
public interface Head {
  /** The training target at a level. */
  Target target(NoiseProcess process, double level);

  /** How x_0 is read from the output at a level. */
  Conversion toX0(NoiseProcess process, double level);

  /** How ε is read from the output at a level. */
  Conversion toEpsilon(NoiseProcess process, double level);

  /** Whether the output is the mean of the step to the level that is one lower. */
  default boolean isMean() {
    return false;
  }

  /**
   * The shape of what the network gives for an item of a shape; the item's own unless a head says
   * otherwise.
   */
  default Shape outputShape(Shape item) {
    return item;
  }
}
