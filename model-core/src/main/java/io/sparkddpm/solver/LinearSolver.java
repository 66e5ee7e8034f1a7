package io.sparkddpm.solver;

import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.Variance;

/** Solvers that look once in each step and move in a straight line: they differ in coefficients. */
interface LinearSolver extends Solver {
  /**
   * The coefficients of a step.
   *
   * @param variance that belongs to the denoiser
   */
  LinearStep step(Transition step, NoiseProcess process, Variance variance);

  @Override
  default void solve(Trajectory path) {
    Transition[] transitions = path.transitions();
    LinearStep[] steps = new LinearStep[transitions.length];
    boolean learned = false;
    for (int i = 0; i < steps.length; i++) {
      steps[i] = step(transitions[i], path.process(), path.variance());
      learned |= steps[i].slope() != 0;
    }
    Reading seen = learned ? path.newReadingWithVariance() : path.newReading();
    for (int i = 0; i < steps.length; i++) {
      path.evaluate(i, seen);
      LinearStep step = steps[i];
      if (step.slope() == 0) {
        path.move(step.fromX(), step.fromX0(), seen.x0(), step.sigma());
      } else {
        path.move(
            step.fromX(), step.fromX0(), seen.x0(), step.sigma(), step.slope(), seen.variance());
      }
    }
  }
}
