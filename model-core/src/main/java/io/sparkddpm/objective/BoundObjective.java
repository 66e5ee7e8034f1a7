package io.sparkddpm.objective;

import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianDiffusion;
import java.util.Optional;

/**
 * L_vlb itself, estimated by T times the term of the t that was drawn, in bits per dimension; with
 * a fixed variance the bound of Ho et al. 2020, with a learned one that of Nichol and Dhariwal 2021
 * (RESCALED_KL in the official code).
 */
@Variant(
    value = "bound",
    description = "the variational bound, in bits per dimension (Ho et al. 2020, eq. 5)")
public record BoundObjective() implements ObjectiveConfig {
  private static final long serialVersionUID = 1L;

  @Override
  public Objective objective(
      GaussianDiffusion diffusion, LossWeighting weighting, Optional<Denoiser> teacher) {
    return BoundError.bound(diffusion);
  }

  @Override
  public boolean usesVariance() {
    return true;
  }
}
