package io.sparkddpm.solver;

import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.tensor.Batch;

/**
 * The steps of a {@link LinearSolver} along a trajectory: their coefficients, computed once, and
 * room for what the denoiser sees. One thread at a time.
 */
final class LinearSteps {
  private final Trajectory path;
  private final LinearStep[] steps;
  private final boolean[] aroundMean;
  private final Reading seen;
  private final Batch[] terms = new Batch[1];
  private final double[] factors = new double[1];

  LinearSteps(LinearSolver solver, Trajectory path, Transition[] transitions) {
    this.path = path;
    steps = new LinearStep[transitions.length];
    aroundMean = new boolean[transitions.length];
    boolean learned = false;
    boolean givesMean = solver.hasPosteriorMean() && path.givesMean();
    for (int i = 0; i < steps.length; i++) {
      LinearStep step = solver.step(transitions[i], path.process(), path.variance());
      aroundMean[i] = givesMean && transitions[i].isUnit();
      steps[i] = aroundMean[i] ? step.aroundMean() : step;
      learned |= step.slope() != 0;
    }
    Reading read = learned ? path.newReadingWithVariance() : path.newReading();
    seen = givesMean ? read.andMean() : read;
  }

  /** Evaluates the denoiser, notifies the listener and takes a step. */
  void take(int i) {
    path.evaluate(i, seen);
    move(i);
  }

  /** Takes a step once more, which the listener does not hear of. */
  void repeat(int i) {
    path.predict(path.level(i), seen);
    move(i);
  }

  private void move(int i) {
    LinearStep step = steps[i];
    terms[0] = aroundMean[i] ? seen.mean() : seen.x0();
    if (step.slope() == 0) {
      factors[0] = step.fromX0();
      path.move(step.fromX(), factors, terms, step.sigma());
    } else {
      path.move(step.fromX(), step.fromX0(), terms[0], step.sigma(), step.slope(), seen.variance());
    }
  }
}
