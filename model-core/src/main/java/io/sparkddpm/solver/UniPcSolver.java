package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/**
 * UniPC, multistep, predicting data, with B(h) = e^h − 1 ("bh2"): as DPM-Solver++, but x is
 * corrected once the denoiser was evaluated at a step's end, without another evaluation; Zhao et
 * al. 2023 (arXiv:2302.04867), alg. 1 and 2. One evaluation a step, no noise. As in the authors'
 * program and in diffusers the first and the last steps have lower orders.
 */
@Variant(
    value = "unipc",
    description = "UniPC: 5 to 20 steps, best with spacing log-snr or trailing (Zhao et al. 2023)")
public record UniPcSolver(
    @Key(
            value =
                "predictions that a step uses: its own and those of the steps before it; its"
                    + " correction uses one more",
            range = "[1, 3]")
        int order)
    implements Solver {
  /** Order 2, which is stable where samples are guided or the network is small. */
  public static final UniPcSolver DEFAULTS = new UniPcSolver(2);

  private static final long serialVersionUID = 1L;

  /** Checks the range. */
  public UniPcSolver {
    checkArgument(order >= 1 && order <= 3, "order must be in [1, 3], got %s", order);
  }

  @Override
  public boolean addsNoise() {
    return false;
  }

  @Override
  public void solve(Trajectory path) {
    Reading[] seen = new Reading[order + 1]; // at this step, the one before it …
    for (int m = 0; m < seen.length; m++) {
      seen[m] = path.newReading();
    }
    Batch corrected = path.newBatch(); // x of the last step
    Batch[] terms = new Batch[seen.length + 1];
    terms[seen.length] = corrected;
    double[][] predictions = new double[path.steps()][terms.length];
    double[][] corrections = new double[path.steps()][terms.length]; // of the step before
    for (int i = 0; i < path.steps(); i++) {
      prediction(path, i, predictions[i]);
      if (i > 0) {
        correction(path, i - 1, corrections[i]);
      }
    }
    for (int i = 0; i < path.steps(); i++) {
      Reading oldest = seen[order];
      System.arraycopy(seen, 0, seen, 1, order);
      seen[0] = oldest;
      for (int m = 0; m < seen.length; m++) {
        terms[m] = seen[m].x0();
      }
      path.evaluate(i, seen[0]);
      if (i > 0) {
        path.move(0, corrections[i], terms, 0);
      }
      path.save(corrected);
      path.move(0, predictions[i], terms, 0);
    }
  }

  private int orderOf(Trajectory path, int step) {
    return Math.min(order, Math.min(step + 1, path.steps() - step));
  }

  /** Coefficients of the x_0 seen at the step's begin, before it …, and last of x at its begin. */
  private void prediction(Trajectory path, int step, double[] factors) {
    int used = orderOf(path, step);
    double[] ratios = ratios(path, step, used - 1);
    first(path, step, factors, 0);
    double[] weights = used == 2 ? new double[] {0.5} : weights(path, step, ratios);
    for (int k = 0; k < ratios.length; k++) {
      add(path, step, weights[k] / ratios[k], factors, 0, k + 1);
    }
  }

  /** As {@link #prediction}, where the first x_0 is the one seen at the step's end. */
  private void correction(Trajectory path, int step, double[] factors) {
    int used = orderOf(path, step);
    double[] ratios = Arrays.copyOf(ratios(path, step, used - 1), used);
    ratios[used - 1] = 1;
    first(path, step, factors, 1);
    double[] weights = used == 1 ? new double[] {0.5} : weights(path, step, ratios);
    for (int k = 0; k < used - 1; k++) {
      add(path, step, weights[k] / ratios[k], factors, 1, k + 2);
    }
    add(path, step, weights[used - 1], factors, 1, 0);
  }

  /** The part of order 1. */
  private static void first(Trajectory path, int step, double[] factors, int own) {
    NoiseProcess process = path.process();
    double end = path.level(step + 1);
    factors[own] = -process.alpha(end) * StrictMath.expm1(-h(path, step));
    factors[factors.length - 1] = process.sigma(end) / process.sigma(path.level(step));
  }

  /** Adds a multiple of B(h)·(x0[of] − x0[own]). */
  private static void add(
      Trajectory path, int step, double weight, double[] factors, int own, int of) {
    double b = -path.process().alpha(path.level(step + 1)) * StrictMath.expm1(-h(path, step));
    factors[of] += weight * b;
    factors[own] -= weight * b;
  }

  /** Where the steps before a step began, as parts of its length: negative. */
  private static double[] ratios(Trajectory path, int step, int count) {
    double[] ratios = new double[count];
    for (int k = 0; k < count; k++) {
      ratios[k] = (path.lambda(step - 1 - k) - path.lambda(step)) / h(path, step);
    }
    return ratios;
  }

  /** The ρ of Σ ρ_k r_k^(i−1) = i!·φ_(i+1)(−h)/B(−h), i = 1 … n; eq. 5 of the paper. */
  private static double[] weights(Trajectory path, int step, double[] ratios) {
    int n = ratios.length;
    double hh = -h(path, step);
    double b = StrictMath.expm1(hh);
    double phi = b / hh - 1.0;
    double factorial = 1;
    double[][] rows = new double[n][n + 1];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < n; k++) {
        rows[i][k] = i == 0 ? 1 : rows[i - 1][k] * ratios[k];
      }
      rows[i][n] = phi * factorial / b;
      factorial *= i + 2;
      phi = phi / hh - 1.0 / factorial;
    }
    return solve(rows);
  }

  /** Gauss' elimination; the matrix of different ratios needs no exchange of rows. */
  private static double[] solve(double[][] rows) {
    int n = rows.length;
    for (int p = 0; p < n; p++) {
      for (int i = p + 1; i < n; i++) {
        double factor = rows[i][p] / rows[p][p];
        for (int k = p; k <= n; k++) {
          rows[i][k] -= factor * rows[p][k];
        }
      }
    }
    double[] x = new double[n];
    for (int p = n - 1; p >= 0; p--) {
      double sum = rows[p][n];
      for (int k = p + 1; k < n; k++) {
        sum -= rows[p][k] * x[k];
      }
      x[p] = sum / rows[p][p];
    }
    return x;
  }

  private static double h(Trajectory path, int step) {
    return path.lambda(step + 1) - path.lambda(step);
  }
}
