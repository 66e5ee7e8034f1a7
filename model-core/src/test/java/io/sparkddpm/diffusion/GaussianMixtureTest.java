package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.statistics.SharedFiles;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GaussianMixtureTest {
  private static final double TOLERANCE = 1e-10;
  private static final int DRAWS = 40_000;

  /** Density, score and the components' noise, computed by another program. */
  @Test
  void goldenDensityAndScore() throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/gmm_eps_model.npz");
    double[] x = golden.get("x").toDoubles();
    double[] t = golden.get("t").toDoubles();
    double[] density = golden.get("log_density").toDoubles();
    double[] scores = golden.get("score").toDoubles();
    double[] ofClass = golden.get("eps_class").toDoubles();
    NoiseProcess process = new DiscreteProcess(NoiseSchedule.of(LinearSchedule.DEFAULTS));
    double[] score = new double[2];
    for (int n = 0; n < t.length; n++) {
      double sigma = process.sigma(t[n]);
      GaussianMixture noisy = GaussianMixture.PLANE.at(process.alpha(t[n]), sigma);
      double[] point = {x[2 * n], x[2 * n + 1]};
      double found = noisy.logDensity(point, Condition.NO_LABEL, score);
      assertEquals(density[n], found, TOLERANCE * Math.max(1, Math.abs(density[n])));
      for (int d = 0; d < 2; d++) {
        double expected = scores[2 * n + d];
        assertEquals(expected, score[d], TOLERANCE * Math.max(1, Math.abs(expected)));
      }
      for (int label = 0; label < 3; label++) {
        noisy.logDensity(point, label, score);
        for (int d = 0; d < 2; d++) {
          double expected = ofClass[(3 * n + label) * 2 + d];
          double epsilon = -sigma * score[d];
          assertEquals(expected, epsilon, TOLERANCE * Math.max(1, Math.abs(expected)));
        }
      }
    }
  }

  /** Mean and covariance of what is drawn, by label, within five standard errors. */
  @Test
  void drawsFollowTheDistribution() {
    RandomStream stream = RandomStream.of(1, Purpose.SAMPLE, 0);
    int[] counts = new int[3];
    double[][] sums = new double[3][2];
    double[] products = new double[3];
    double[] point = new double[2];
    for (int i = 0; i < DRAWS; i++) {
      int label = GaussianMixture.PLANE.draw(stream, point);
      counts[label]++;
      Gaussian component = GaussianMixture.PLANE.components().get(label);
      double dx = point[0] - component.mean(0);
      double dy = point[1] - component.mean(1);
      sums[label][0] += dx;
      sums[label][1] += dy;
      products[label] += dx * dy;
    }
    for (int label = 0; label < 3; label++) {
      double weight = GaussianMixture.PLANE.weight(label);
      assertEquals(weight, (double) counts[label] / DRAWS, 5 * Math.sqrt(0.25 / DRAWS));
      Gaussian component = GaussianMixture.PLANE.components().get(label);
      double error = 5 / Math.sqrt(counts[label]);
      double x = component.covariance(0, 0);
      double y = component.covariance(1, 1);
      assertEquals(0, sums[label][0] / counts[label], error * Math.sqrt(x));
      assertEquals(0, sums[label][1] / counts[label], error * Math.sqrt(y));
      double xy = component.covariance(0, 1);
      assertEquals(xy, products[label] / counts[label], error * Math.sqrt(x * y + xy * xy));
    }
  }

  @Test
  void whatIsNoDistributionIsRefused() {
    assertEquals(
        "the covariance is not positive definite",
        assertThrows(IllegalArgumentException.class, () -> Gaussian.of(0, -1)).getMessage());
    assertEquals(
        "1 components with 2 weights",
        assertThrows(
                IllegalArgumentException.class,
                () -> new GaussianMixture(List.of(Gaussian.of(0, 1)), 0.5, 0.5))
            .getMessage());
  }
}
