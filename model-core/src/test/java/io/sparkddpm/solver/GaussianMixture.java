package io.sparkddpm.solver;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.Variance;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.tensor.Batch;

/**
 * The perfect denoiser of a mixture of three Gaussians in the plane, in closed form: at x_t a
 * component is N(α·m, α²·S + σ²·I), and ε = −σ·∇ log p(x_t). The component is the label; without a
 * label all three may be meant.
 */
record GaussianMixture(NoiseProcess process) implements Denoiser {
  private static final double[] WEIGHTS = {0.5, 0.3, 0.2};
  private static final double[][] MEANS = {{1.5, 0.5}, {-1, 1.2}, {0.2, -1.4}};

  /** S_xx, S_xy, S_yy. */
  private static final double[][] COVARIANCES = {
    {0.3, 0.1, 0.2}, {0.15, -0.05, 0.25}, {0.4, 0, 0.1}
  };

  @Override
  public Variance variance() {
    return VarianceType.BETA_TILDE.variance();
  }

  @Override
  public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
    double[] epsilon = new double[2];
    for (int n = 0; n < x.count(); n++) {
      double alpha = process.alpha(levels[n]);
      double sigma = process.sigma(levels[n]);
      int only = condition.label(n);
      epsilon(x.data()[2 * n], x.data()[2 * n + 1], alpha, sigma, only, epsilon);
      for (int d = 0; d < 2; d++) {
        int i = 2 * n + d;
        reading.x0().data()[i] = (float) ((x.data()[i] - sigma * epsilon[d]) / alpha);
        if (reading.wantsEpsilon()) {
          reading.epsilon().data()[i] = (float) epsilon[d];
        }
      }
    }
  }

  private static void epsilon(
      double x, double y, double alpha, double sigma, int only, double[] to) {
    double[] logs = new double[3];
    double[][] pulls = new double[3][2];
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < 3; k++) {
      double dx = x - alpha * MEANS[k][0];
      double dy = y - alpha * MEANS[k][1];
      double xx = alpha * alpha * COVARIANCES[k][0] + sigma * sigma;
      double xy = alpha * alpha * COVARIANCES[k][1];
      double yy = alpha * alpha * COVARIANCES[k][2] + sigma * sigma;
      double determinant = xx * yy - xy * xy;
      pulls[k][0] = (yy * dx - xy * dy) / determinant;
      pulls[k][1] = (xx * dy - xy * dx) / determinant;
      logs[k] =
          Math.log(WEIGHTS[k])
              - 0.5 * Math.log(determinant)
              - 0.5 * (dx * pulls[k][0] + dy * pulls[k][1]);
      largest = Math.max(largest, logs[k]);
    }
    double total = 0;
    to[0] = 0;
    to[1] = 0;
    for (int k = 0; k < 3; k++) {
      boolean out = only != Condition.NO_LABEL && only != k;
      double share = out ? 0 : Math.exp(logs[k] - (only == k ? logs[k] : largest));
      total += share;
      to[0] += share * pulls[k][0];
      to[1] += share * pulls[k][1];
    }
    to[0] *= sigma / total;
    to[1] *= sigma / total;
  }
}
