package io.sparkddpm.solver;

import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.Variance;

/**
 * Solvers with one evaluation a step, after which x is a linear combination of x, x_0 and noise:
 * they differ in coefficients.
 */
interface LinearSolver extends Solver {
  /**
   * The coefficients of a step.
   *
   * @param variance that belongs to the denoiser
   */
  LinearStep step(Transition step, NoiseProcess process, Variance variance);

  /**
   * Whether its mean is that of the posterior, so that one which the network itself gives for a
   * step can take its place.
   */
  default boolean hasPosteriorMean() {
    return false;
  }

  @Override
  default void solve(Trajectory path) {
    LinearSteps steps = new LinearSteps(this, path, path.transitions());
    for (int i = 0; i < path.steps(); i++) {
      steps.take(i);
    }
  }
}
