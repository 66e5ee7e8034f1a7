package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.Variance;

/**
 * x_{t−1} = μ_θ(x_t, t) + σ_t z, without noise in the step to clean data; Ho et al. 2020, alg. 2.
 * Over some of the timesteps only it is the respaced process of Nichol and Dhariwal 2021, sec. 4.
 *
 * @param noiseScale factor on σ_t, at least 0; 1 is the paper's
 */
public record AncestralSolver(double noiseScale) implements LinearSolver {
  private static final long serialVersionUID = 1L;

  /** Checks the range. */
  public AncestralSolver {
    checkArgument(
        noiseScale >= 0 && noiseScale <= Double.MAX_VALUE,
        "noise-scale must be at least 0, got %s",
        noiseScale);
  }

  @Override
  public LinearStep step(Transition step, NoiseProcess process, Variance variance) {
    double squared = step.noiseTo() == 0 ? 0 : StrictMath.exp(variance.logVariance(step));
    return new LinearStep(
        step.posteriorMeanXt(), step.posteriorMeanX0(), noiseScale * Math.sqrt(squared));
  }
}
