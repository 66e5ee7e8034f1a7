package io.sparkddpm.objective;

import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianDiffusion;
import java.util.Optional;

/** L_simple; Ho et al. 2020, eq. 14. */
@Variant(
    value = "simple",
    description = "the mean squared error of what the network predicts (Ho et al. 2020)")
public record SimpleObjective() implements ObjectiveConfig {
  private static final long serialVersionUID = 1L;

  @Override
  public Objective objective(
      GaussianDiffusion diffusion, LossWeighting weighting, Optional<Denoiser> teacher) {
    return new SquaredError(diffusion, weighting);
  }
}
