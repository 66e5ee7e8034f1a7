package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/**
 * DPM-Solver++, single step: levels are taken in groups of as many as the order; within a group
 * each step begins at the group's first level, with an order one higher than the step before it; Lu
 * et al. 2022 (arXiv:2211.01095), alg. 1. One evaluation a level, no noise. Where the steps do not
 * divide into groups, the last groups are smaller, as in the authors' program and in diffusers; the
 * step to clean data is of order 1.
 */
@Variant(
    value = "dpm-solver-single",
    description =
        "DPM-Solver++, single step, which uses nothing of earlier steps: 15 to 30 steps (Lu et al."
            + " 2022)")
public record DpmSingleStepSolver(@Key(value = "levels in a group", range = "[2, 3]") int order)
    implements Solver {
  /** Order 3, the authors' for few steps without guidance. */
  public static final DpmSingleStepSolver DEFAULTS = new DpmSingleStepSolver(3);

  private static final long serialVersionUID = 1L;

  /** Checks the range. */
  public DpmSingleStepSolver {
    checkArgument(order >= 2 && order <= 3, "order must be 2 or 3, got %s", order);
  }

  @Override
  public boolean addsNoise() {
    return false;
  }

  @Override
  public void solve(Trajectory path) {
    int[] orders = orders(path.steps(), path.level(path.steps()) == NoiseProcess.CLEAN);
    Reading first = path.newReading();
    Reading later = path.newReading();
    Batch begin = path.newBatch();
    Batch[] terms = {begin, first.x0(), later.x0()};
    double[] factors = new double[3];
    for (int i = 0; i < orders.length; i++) {
      if (orders[i] == 1) {
        path.save(begin);
      }
      path.evaluate(i, orders[i] == 1 ? first : later);
      coefficients(path, i, orders[i], factors);
      path.move(0, factors, terms, 0);
    }
  }

  /** The order of each step: 1, 2 … in each group. */
  int[] orders(int steps, boolean endsClean) {
    int[] orders = new int[steps];
    for (int i = 0; i < steps; i++) {
      orders[i] = i % order + 1;
    }
    int last = orders[steps - 1];
    if (last == order) { // a whole group at the end becomes one of order less 1, and a step
      orders[steps - 1] = 1;
    }
    if (endsClean) {
      orders[steps - 1] = 1;
    }
    return orders;
  }

  /**
   * The coefficients of a step.
   *
   * @param factors receives those of x at the group's first level, of x_0 seen there, and of x_0
   *     seen now
   */
  private static void coefficients(Trajectory path, int step, int order, double[] factors) {
    NoiseProcess process = path.process();
    int begin = step + 1 - order;
    double end = path.level(step + 1);
    double alpha = process.alpha(end);
    double h = path.lambda(step + 1) - path.lambda(begin);
    double phi1 = StrictMath.expm1(-h);
    Arrays.fill(factors, 0);
    factors[0] = process.sigma(end) / process.sigma(path.level(begin));
    factors[1] = -alpha * phi1;
    if (order > 1) {
      double r = (path.lambda(step) - path.lambda(begin)) / h;
      double slope = order == 2 ? -0.5 * alpha * phi1 : alpha * (phi1 / h + 1.0);
      factors[1] -= slope / r;
      factors[2] = slope / r;
    }
  }
}
