package io.sparkddpm.objective;

import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.GaussianDiffusion;

/** Always 1, whatever the network predicts; for ε L_simple of Ho et al. 2020, eq. 14. */
@Variant(
    value = "constant",
    description = "1 for whatever the network predicts; for ε it is L_simple (Ho et al. 2020)")
public record ConstantWeighting() implements LossWeighting {
  private static final long serialVersionUID = 1L;

  @Override
  public double weight(int t, GaussianDiffusion diffusion) {
    return 1;
  }
}
