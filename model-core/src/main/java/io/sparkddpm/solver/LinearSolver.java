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
    for (int i = 0; i < steps.length; i++) {
      steps[i] = step(transitions[i], path.process(), path.variance());
    }
    Reading seen = path.newReading();
    for (int i = 0; i < steps.length; i++) {
      path.evaluate(i, seen);
      path.move(steps[i].fromX(), steps[i].fromX0(), seen.x0(), steps[i].sigma());
    }
  }
}
