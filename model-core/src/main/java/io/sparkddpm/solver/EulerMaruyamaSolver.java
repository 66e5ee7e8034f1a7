package io.sparkddpm.solver;

import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.Variance;

/**
 * Euler and Maruyama's method for the reverse SDE of the variance-preserving process: {@code x ← x
 * + w/2·x + w·s + √w·z} with the score s and w = ∫β dt over the step; Song et al. 2021
 * (arXiv:2011.13456), eq. 6 and app. D. Its noise is the SDE's, whatever variance belongs to the
 * denoiser.
 */
@Variant(
    value = "euler-maruyama",
    description = "Euler's method for the reverse SDE: hundreds of steps (Song et al. 2021)")
public record EulerMaruyamaSolver() implements LinearSolver {
  private static final long serialVersionUID = 1L;

  @Override
  public boolean addsNoise() {
    return true;
  }

  @Override
  public LinearStep step(Transition step, NoiseProcess process, Variance variance) {
    double w = -StrictMath.log1p(-step.beta());
    double fromScore = w / step.noiseFrom(); // s = (α·x_0 − x)/σ²
    return new LinearStep(
        1.0 + 0.5 * w - fromScore,
        fromScore * process.alpha(step.from()),
        step.noiseTo() == 0 ? 0 : Math.sqrt(w));
  }
}
