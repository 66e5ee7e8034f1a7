package io.sparkddpm.diffusion;

import java.io.Serializable;
import java.util.Objects;

/**
 * How the network's output is read and samples are drawn from it.
 *
 * @param prediction what the network predicts
 * @param variance σ_t² of the reverse process
 * @param clipX0 whether the predicted x0 is clipped to [-1, 1] before the posterior mean
 */
public record DiffusionConfig(PredictionType prediction, VarianceType variance, boolean clipX0)
    implements Serializable {
  /** Ho et al. 2020, CIFAR-10: ε, σ² = β, clipped. */
  public static final DiffusionConfig DEFAULTS =
      new DiffusionConfig(PredictionType.EPSILON, VarianceType.BETA, true);

  /** Refuses nulls. */
  public DiffusionConfig {
    Objects.requireNonNull(prediction);
    Objects.requireNonNull(variance);
  }
}
