package io.sparkddpm.diffusion;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;
import java.util.Objects;

/**
 * The perfect denoiser of a mixture of Gaussians: ε = −σ·∇ ln p(x_t) in closed form (Song et al.
 * 2021, sec. 3.3), of the labelled component or, without a label, of them all. One thread at a
 * time.
 */
public final class MixtureDenoiser implements Denoiser {
  private final GaussianMixture data;
  private final NoiseProcess process;
  private double knownLevel = Double.NaN;
  private GaussianMixture noisy;

  /**
   * @param data clean items
   * @param process what makes them noisy
   */
  public MixtureDenoiser(GaussianMixture data, NoiseProcess process) {
    this.data = Objects.requireNonNull(data);
    this.process = Objects.requireNonNull(process);
  }

  @Override
  public NoiseProcess process() {
    return process;
  }

  @Override
  public Variance variance() {
    return VarianceType.BETA_TILDE.variance();
  }

  @Override
  public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
    double[] point = new double[data.dimensions()];
    double[] score = new double[point.length];
    for (int n = 0; n < x.count(); n++) {
      double alpha = process.alpha(levels[n]);
      double sigma = process.sigma(levels[n]);
      if (levels[n] != knownLevel) {
        noisy = data.at(alpha, sigma);
        knownLevel = levels[n];
      }
      int offset = x.offset(n);
      for (int i = 0; i < point.length; i++) {
        point[i] = x.data()[offset + i];
      }
      noisy.logDensity(point, condition.label(n), score);
      for (int i = 0; i < point.length; i++) {
        double epsilon = -sigma * score[i];
        reading.x0().data()[offset + i] = (float) ((point[i] - sigma * epsilon) / alpha);
        if (reading.wantsEpsilon()) {
          reading.epsilon().data()[offset + i] = (float) epsilon;
        }
      }
    }
  }
}
