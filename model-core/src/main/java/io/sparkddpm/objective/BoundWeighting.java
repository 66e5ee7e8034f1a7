package io.sparkddpm.objective;

import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.VariationalBound;

/**
 * The weights of the variational bound, in nats; Ho et al. 2020, eq. 12. They depend on the
 * variance σ² of the reverse process.
 */
@Variant(
    value = "bound",
    description = "as the variational bound has it, with diffusion.variance (Ho et al. 2020)")
public record BoundWeighting() implements EpsilonWeighting {
  private static final long serialVersionUID = 1L;

  @Override
  public double epsilonWeight(int t, GaussianDiffusion diffusion) {
    return new VariationalBound(diffusion).epsilonWeight(t);
  }
}
