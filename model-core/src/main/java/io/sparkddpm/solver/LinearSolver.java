package io.sparkddpm.solver;

import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.Variance;
import io.sparkddpm.tensor.Batch;

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
    Transition[] transitions = path.transitions();
    LinearStep[] steps = new LinearStep[transitions.length];
    boolean learned = false;
    boolean givesMean = hasPosteriorMean() && path.givesMean();
    for (int i = 0; i < steps.length; i++) {
      LinearStep step = step(transitions[i], path.process(), path.variance());
      steps[i] = givesMean && transitions[i].isUnit() ? step.aroundMean() : step;
      learned |= step.slope() != 0;
    }
    Reading seen = learned ? path.newReadingWithVariance() : path.newReading();
    seen = givesMean ? seen.andMean() : seen;
    Batch[] terms = new Batch[1];
    double[] factors = new double[1];
    for (int i = 0; i < steps.length; i++) {
      path.evaluate(i, seen);
      LinearStep step = steps[i];
      terms[0] = givesMean && transitions[i].isUnit() ? seen.mean() : seen.x0();
      if (step.slope() == 0) {
        factors[0] = step.fromX0();
        path.move(step.fromX(), factors, terms, step.sigma());
      } else {
        path.move(
            step.fromX(), step.fromX0(), terms[0], step.sigma(), step.slope(), seen.variance());
      }
    }
  }
}
