package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.Variance;

/**
 * x_{t−1} = μ_θ(x_t, t) + σ_t z, without noise in the step to clean data; Ho et al. 2020, alg. 2.
 * μ_θ follows from x_0, which may be clipped; the output of a network that predicts μ is taken as
 * it is, as in the official code, but for steps over several timesteps. Over some of the timesteps
 * only it is the respaced process of Nichol and Dhariwal 2021, sec. 4.
 */
@Variant(value = "ancestral", description = "step by step, with noise in each (Ho et al. 2020)")
public record AncestralSolver(
    @Key(
            value = "factor on σ_t; 1 is the paper's",
            range = "[0, inf)",
            recordedAs = "../noise-scale")
        double noiseScale)
    implements LinearSolver {
  /** The paper's. */
  public static final AncestralSolver DEFAULTS = new AncestralSolver(1);

  private static final long serialVersionUID = 1L;

  /** Checks the range. */
  public AncestralSolver {
    checkArgument(
        noiseScale >= 0 && noiseScale <= Double.MAX_VALUE,
        "noise-scale must be at least 0, got %s",
        noiseScale);
  }

  @Override
  public boolean addsNoise() {
    return noiseScale > 0;
  }

  @Override
  public boolean hasPosteriorMean() {
    return true;
  }

  @Override
  public LinearStep step(Transition step, NoiseProcess process, Variance variance) {
    if (step.noiseTo() == 0 || noiseScale == 0) {
      return new LinearStep(step.posteriorMeanXt(), step.posteriorMeanX0(), 0);
    }
    double squared = StrictMath.exp(variance.logVariance(step));
    return new LinearStep(
        step.posteriorMeanXt(),
        step.posteriorMeanX0(),
        noiseScale * Math.sqrt(squared),
        0.5 * variance.slope(step));
  }
}
