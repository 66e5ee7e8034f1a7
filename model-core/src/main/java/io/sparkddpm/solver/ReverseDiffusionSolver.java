package io.sparkddpm.solver;

import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.Variance;

/**
 * The reverse SDE, discretised as the forward process is: {@code x ← (2 − √(1−β))·x + β·s + √β·z}
 * with the score s; Song et al. 2021 (arXiv:2011.13456), app. E. Its noise is the SDE's, whatever
 * variance belongs to the denoiser.
 */
@Variant(
    value = "reverse-diffusion",
    description =
        "the reverse SDE, discretised as the forward process is: hundreds of steps (Song et al."
            + " 2021)")
public record ReverseDiffusionSolver() implements LinearSolver {
  private static final long serialVersionUID = 1L;

  @Override
  public boolean addsNoise() {
    return true;
  }

  @Override
  public LinearStep step(Transition step, NoiseProcess process, Variance variance) {
    double fromScore = step.beta() / step.noiseFrom(); // s = (α·x_0 − x)/σ²
    return new LinearStep(
        2.0 - Math.sqrt(1.0 - step.beta()) - fromScore,
        fromScore * process.alpha(step.from()),
        step.noiseTo() == 0 ? 0 : Math.sqrt(step.beta()));
  }
}
