package io.sparkddpm.objective;

import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.GaussianDiffusion;

/** 1 for ε, the signal-to-noise ratio for x_0: L_simple, whatever the network predicts. */
@Variant(
    value = "snr",
    description = "L_simple of ε for every prediction: the signal-to-noise ratio for x0")
public record SnrWeighting() implements EpsilonWeighting {
  private static final long serialVersionUID = 1L;

  @Override
  public double epsilonWeight(int t, GaussianDiffusion diffusion) {
    return 1;
  }
}
