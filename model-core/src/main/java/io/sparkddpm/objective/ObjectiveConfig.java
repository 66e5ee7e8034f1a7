package io.sparkddpm.objective;

import io.sparkddpm.config.OneOf;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.VarianceType;
import java.io.Serializable;

/**
 * Which objective a run has. To add one, write a record with a {@link io.sparkddpm.config.Variant}
 * whose components are its options, and list it here.
 */
@OneOf({SimpleObjective.class, HybridObjective.class, BoundObjective.class})
public interface ObjectiveConfig extends Serializable {
  /** L_simple. */
  ObjectiveConfig DEFAULTS = new SimpleObjective();

  /**
   * The objective, for one thread.
   *
   * @param weighting of the squared error; constant for all but the simple one
   */
  Objective objective(GaussianDiffusion diffusion, LossWeighting weighting);

  /** Whether the loss depends on the variance of the reverse process. */
  boolean usesVariance();

  /**
   * Refuses a variance that it would not train, or that it cannot do without.
   *
   * @throws IllegalArgumentException saying what goes together
   */
  void check(VarianceType variance);
}
