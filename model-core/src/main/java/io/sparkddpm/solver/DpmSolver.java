package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/**
 * DPM-Solver++, multistep: the probability-flow ODE solved exactly but for the x_0 that the network
 * sees, which is extrapolated from the last steps; Lu et al. 2022 (arXiv:2211.01095), sec. 4. One
 * evaluation a step, no noise. As in the authors' program and in diffusers the first steps have
 * lower orders, as has the step to clean data, and the last ones where there are fewer than 15.
 */
@Variant(
    value = "dpm-solver",
    description =
        "DPM-Solver++, multistep: 15 to 25 steps, best with spacing log-snr or trailing (Lu et al."
            + " 2022)")
public record DpmSolver(
    @Key(
            value = "predictions that a step uses: its own and those of the steps before it",
            range = "[1, 3]")
        int order)
    implements Solver {
  /** Order 2, which is stable where samples are guided or the network is small. */
  public static final DpmSolver DEFAULTS = new DpmSolver(2);

  private static final long serialVersionUID = 1L;

  /** Grids of fewer steps end with lower orders. */
  private static final int FEW_STEPS = 15;

  /** Checks the range. */
  public DpmSolver {
    checkArgument(order >= 1 && order <= 3, "order must be in [1, 3], got %s", order);
  }

  @Override
  public boolean addsNoise() {
    return false;
  }

  @Override
  public void solve(Trajectory path) {
    Reading[] seen = new Reading[order]; // of this step, the one before it …
    for (int m = 0; m < order; m++) {
      seen[m] = path.newReading();
    }
    Batch[] x0 = new Batch[order];
    double[] factors = new double[order];
    for (int i = 0; i < path.steps(); i++) {
      Reading oldest = seen[order - 1];
      System.arraycopy(seen, 0, seen, 1, order - 1);
      seen[0] = oldest;
      for (int m = 0; m < order; m++) {
        x0[m] = seen[m].x0();
      }
      double fromX = coefficients(path, i, factors);
      path.evaluate(i, seen[0]);
      path.move(fromX, factors, x0, 0);
    }
  }

  private int orderOf(Trajectory path, int step) {
    if (path.level(step + 1) == NoiseProcess.CLEAN) {
      return 1;
    }
    int most = Math.min(order, step + 1);
    return path.steps() < FEW_STEPS ? Math.min(most, path.steps() - step) : most;
  }

  /**
   * The coefficients of a step.
   *
   * @param factors receives those of x_0 as it is seen now, a step before …
   * @return that of x
   */
  private double coefficients(Trajectory path, int step, double[] factors) {
    NoiseProcess process = path.process();
    double alpha = process.alpha(path.level(step + 1));
    double h = path.lambda(step + 1) - path.lambda(step);
    double phi1 = StrictMath.expm1(-h);
    Arrays.fill(factors, 0);
    factors[0] = -alpha * phi1;
    int used = orderOf(path, step);
    if (used >= 2) {
      double r0 = (path.lambda(step) - path.lambda(step - 1)) / h;
      double first = -0.5 * alpha * phi1; // of (x0[0] − x0[1])/r0
      double second = 0; // of (x0[1] − x0[2])/r1
      if (used == 3) {
        double r1 = (path.lambda(step - 1) - path.lambda(step - 2)) / h;
        double slope = alpha * (phi1 / h + 1.0);
        double curvature = -alpha * ((phi1 + h) / (h * h) - 0.5);
        second = -(slope * r0 + curvature) / (r0 + r1);
        first = slope - second;
        second /= r1;
        factors[2] = -second;
      }
      first /= r0;
      factors[0] += first;
      factors[1] = second - first;
    }
    return process.sigma(path.level(step + 1)) / process.sigma(path.level(step));
  }
}
