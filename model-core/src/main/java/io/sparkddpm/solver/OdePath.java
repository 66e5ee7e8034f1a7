package io.sparkddpm.solver;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/**
 * Items on their way along the probability-flow ODE, up or down the levels of a grid, with the
 * change of their density where it is wanted. One thread at a time.
 */
public final class OdePath {
  private static final NoiseSource NONE =
      (item, to, offset, length) -> {
        throw new IllegalStateException("the ODE draws no noise");
      };

  private final Denoiser denoiser;
  private final TimeGrid grid;
  private final Batch x;
  private final Condition condition;
  private final StepListener listener;
  private final Divergence divergence;
  private final double[] logDensity;
  private final int[] evaluations;

  /**
   * @param grid its levels in the order in which they are gone through
   * @param x items at its first level; receives those at the last
   * @param divergence null where no density is wanted
   */
  OdePath(
      Denoiser denoiser,
      TimeGrid grid,
      Batch x,
      Condition condition,
      StepListener listener,
      Divergence divergence) {
    this.denoiser = denoiser;
    this.grid = grid;
    this.x = x;
    this.condition = condition;
    this.listener = listener;
    this.divergence = divergence;
    logDensity = new double[x.count()];
    evaluations = new int[x.count()];
  }

  NoiseProcess process() {
    return denoiser.process();
  }

  TimeGrid grid() {
    return grid;
  }

  Batch x() {
    return x;
  }

  StepListener listener() {
    return listener;
  }

  /** Whether the change of the density is wanted. */
  boolean hasDensity() {
    return divergence != null;
  }

  /** What the divergence along the way adds to ln p of each item. */
  double[] logDensity() {
    return logDensity;
  }

  /** How often each item was evaluated on its own way, probes included. */
  int[] evaluations() {
    return evaluations;
  }

  /** Evaluates the denoiser on items at levels of their own. */
  void predict(Batch items, double[] levels, Reading to) {
    denoiser.predict(items, levels, condition, to);
  }

  /** dln p/dln σ of items at levels of their own. */
  double[] divergence(Batch items, double[] levels) {
    return divergence.at(denoiser, items, levels, condition);
  }

  /** Evaluations for each divergence. */
  int divergenceEvaluations() {
    return hasDensity() ? divergence.evaluations() : 0;
  }

  /** Heun's method along the grid, and the trapezoidal rule for the density. */
  void followGrid() {
    Trajectory path = new Trajectory(denoiser, grid, x, condition, NONE, listener);
    SigmaSteps steps = new SigmaSteps(path, Churn.DEFAULTS, true);
    double[] begin = hasDensity() ? divergenceAt(grid.level(0)) : null;
    for (int i = 0; i < grid.steps(); i++) {
      steps.takeUnchurned(i);
      if (hasDensity()) {
        double[] end = divergenceAt(grid.level(i + 1));
        double h = StrictMath.log(sigma(grid.level(i + 1)) / sigma(grid.level(i)));
        for (int n = 0; n < logDensity.length; n++) {
          logDensity[n] += 0.5 * h * (begin[n] + end[n]);
        }
        begin = end;
      }
    }
    int each = 2 * grid.steps() + (grid.steps() + 1) * divergenceEvaluations();
    Arrays.fill(evaluations, each);
  }

  private double[] divergenceAt(double level) {
    double[] levels = new double[x.count()];
    Arrays.fill(levels, level);
    return divergence(x, levels);
  }

  private double sigma(double level) {
    return process().noiseLevel(level);
  }
}
