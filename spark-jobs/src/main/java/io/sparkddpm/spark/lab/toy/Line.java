package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.Gaussian;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import java.util.List;

/** The data in one dimension and the process that most experiments share. */
final class Line {
  /** T = 1000, β from 1e-4 to 0.02; Ho et al. 2020, sec. 4. */
  static final NoiseSchedule SCHEDULE = NoiseSchedule.of(LinearSchedule.DEFAULTS);

  static final NoiseProcess PROCESS = new DiscreteProcess(SCHEDULE);

  /** Three modes. */
  static final GaussianMixture DATA =
      new GaussianMixture(
          List.of(Gaussian.of(-1.5, 0.02), Gaussian.of(0.2, 0.1), Gaussian.of(1.6, 0.03)),
          0.3,
          0.3,
          0.4);

  private static final double[] ERF = {
    1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592
  };

  private Line() {}

  /** The diffusion with a kind of prediction, σ² = β and without clipping. */
  static GaussianDiffusion diffusion(PredictionType prediction) {
    return new GaussianDiffusion(
        SCHEDULE, new DiffusionConfig(prediction, VarianceType.BETA, false));
  }

  /** The distribution function of a mixture in one dimension, within 1e-7. */
  static double distribution(GaussianMixture mixture, double x) {
    double sum = 0;
    for (int k = 0; k < mixture.components().size(); k++) {
      Gaussian component = mixture.components().get(k);
      double z = (x - component.mean(0)) / Math.sqrt(component.covariance(0, 0));
      sum += mixture.weight(k) * normal(z);
    }
    return sum;
  }

  /** Φ; Abramowitz and Stegun 1964, 7.1.26. */
  private static double normal(double z) {
    double u = Math.abs(z) / Math.sqrt(2);
    double t = 1 / (1 + 0.3275911 * u);
    double sum = 0;
    for (double coefficient : ERF) {
      sum = sum * t + coefficient;
    }
    double tail = 0.5 * sum * t * Math.exp(-u * u);
    return z > 0 ? 1 - tail : tail;
  }
}
