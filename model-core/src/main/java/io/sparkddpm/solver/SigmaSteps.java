package io.sparkddpm.solver;

import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.tensor.Batch;

/**
 * Steps of the probability-flow ODE dx̄/dσ = (x̄ − x_0)/σ of x̄ = x/α over σ, the process' σ/α;
 * Karras et al. 2022 (arXiv:2206.00364), alg. 2. With churn a step begins at a raised σ, at most
 * the noisiest of the process. x is kept as the process has it.
 */
final class SigmaSteps {
  private final Trajectory path;
  private final Churn churn;
  private final boolean corrected;
  private final Reading seen;
  private final Reading atEnd;
  private final Batch begin;
  private final Batch[] terms;
  private final double[] factors = new double[1];
  private final Batch[] correctedTerms;
  private final double[] correctedFactors = new double[3];

  /**
   * @param corrected whether a step is corrected by the slope at its end (Heun), which takes
   *     another evaluation, except in the step to clean data; otherwise it is Euler's
   */
  SigmaSteps(Trajectory path, Churn churn, boolean corrected) {
    this.path = path;
    this.churn = churn;
    this.corrected = corrected;
    seen = path.newReading();
    terms = new Batch[] {seen.x0()};
    atEnd = corrected ? path.newReading() : null;
    begin = corrected ? path.newBatch() : null;
    correctedTerms = corrected ? new Batch[] {begin, seen.x0(), atEnd.x0()} : null;
  }

  void takeAll() {
    for (int i = 0; i < path.steps(); i++) {
      take(i, addNoise(i));
    }
  }

  /** Takes a step from the level where it begins. */
  void takeUnchurned(int step) {
    take(step, path.level(step));
  }

  private double sigma(double level) {
    return path.process().noiseLevel(level);
  }

  /** Raises x to the level at which the step evaluates, and returns that. */
  private double addNoise(int step) {
    NoiseProcess process = path.process();
    double level = path.level(step);
    double sigma = sigma(level);
    double raised = Math.min(churn.raised(sigma, path.steps()), sigma(process.last()));
    if (raised <= sigma) {
      return level;
    }
    double to = process.level(-2.0 * StrictMath.log(raised));
    double added = churn.noise() * Math.sqrt(raised * raised - sigma * sigma);
    double alpha = process.alpha(to);
    path.addNoise(alpha / process.alpha(level), alpha * added);
    return to;
  }

  private void take(int step, double from) {
    double to = path.level(step + 1);
    double alphaFrom = path.process().alpha(from);
    double alphaTo = path.process().alpha(to);
    double sigmaFrom = sigma(from);
    double sigmaTo = sigma(to);
    double ratio = sigmaTo / sigmaFrom;
    path.evaluate(step, from, seen);
    boolean heun = corrected && to != NoiseProcess.CLEAN;
    if (heun) {
      path.save(begin);
    }
    factors[0] = alphaTo * (1.0 - ratio);
    path.move(ratio * alphaTo / alphaFrom, factors, terms, 0);
    if (heun) {
      path.predict(to, atEnd);
      double h = sigmaTo - sigmaFrom;
      correctedFactors[0] = alphaTo / alphaFrom * (1.0 + 0.5 * h / sigmaFrom);
      correctedFactors[1] = -0.5 * alphaTo * h / sigmaFrom;
      correctedFactors[2] = -0.5 * alphaTo * h / sigmaTo;
      path.move(0.5 * h / sigmaTo, correctedFactors, correctedTerms, 0);
    }
  }
}
