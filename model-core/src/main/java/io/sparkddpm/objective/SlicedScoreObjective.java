package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianDiffusion;
import java.util.Optional;

/** {@link SlicedScore}; Song et al. 2019 (arXiv:1905.07088). */
@Variant(
    value = "sliced-score",
    description =
        "sliced score matching, which needs no ε to compare with and has the optimum of simple,"
            + " with a larger variance; two evaluations an example (Song et al. 2019)")
public record SlicedScoreObjective(
    @Key(
            value = "length of the difference along a direction, by the deviation of the noise",
            range = "(0, 1]")
        double step,
    @Key("whether the square of the score is taken whole instead of along the direction")
        boolean varianceReduced)
    implements ObjectiveConfig {
  /**
   * With the variance-reduced form, which the authors prefer, and a step of which curvature and
   * rounding in float change about 1e-4 of the loss.
   */
  public static final SlicedScoreObjective DEFAULTS = new SlicedScoreObjective(0.02, true);

  private static final long serialVersionUID = 1L;

  /** Checks the range. */
  public SlicedScoreObjective {
    checkArgument(step > 0 && step <= 1, "step must be in (0, 1], got %s", step);
  }

  @Override
  public Objective objective(
      GaussianDiffusion diffusion, LossWeighting weighting, Optional<Denoiser> teacher) {
    return new SlicedScore(diffusion, step, varianceReduced);
  }

  @Override
  public int evaluations() {
    return SlicedScore.EVALUATIONS;
  }
}
