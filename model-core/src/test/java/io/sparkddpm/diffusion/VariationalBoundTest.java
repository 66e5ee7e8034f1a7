package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VariationalBoundTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.of(ScheduleConfig.DEFAULTS);
  private static final double LN2 = Math.log(2);

  private static VariationalBound bound(VarianceType variance) {
    return new VariationalBound(diffusion(variance));
  }

  private static GaussianDiffusion diffusion(VarianceType variance) {
    return new GaussianDiffusion(
        SCHEDULE, new DiffusionConfig(PredictionType.EPSILON, variance, false));
  }

  private static double logProbability(double x, double mean, double scale) {
    double above = (x - mean + DiscretizedGaussian.HALF_LEVEL) / scale;
    double below = (x - mean - DiscretizedGaussian.HALF_LEVEL) / scale;
    return DiscretizedGaussian.log(DiscretizedGaussian.probability(x, above, below));
  }

  /** Values of the official code. */
  @ParameterizedTest
  @CsvSource({"0, 0, 0.01, -1.18737117", "-1, -1, 0.01, -0.42692723", "1, 0.9, 0.05, -3.60035415"})
  void goldenDecoder(double x, double mean, double scale, double expected) {
    assertEquals(expected, logProbability(x, mean, scale), 1e-8);
  }

  @Test
  void decoderSumsToOneOverAllPixelValues() {
    for (double mean : new double[] {-1, -0.3, 0, 0.77, 1}) {
      for (double scale : new double[] {0.02, 0.1, 0.5}) {
        double sum = 0;
        for (int level = 0; level < 256; level++) {
          double x = level / 127.5 - 1;
          sum += Math.exp(logProbability(x, mean, scale));
        }
        assertEquals(1, sum, 1e-6, "mean " + mean + ", scale " + scale);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0.272692084, 0.599671512",
    "500, 0.005509734533, 0.005514461960",
    "999, 0.010204493469, 0.010204501874"
  })
  void goldenWeights(int t, double beta, double betaTilde) {
    assertEquals(beta, bound(VarianceType.BETA).epsilonWeight(t), 2e-9 * beta);
    assertEquals(betaTilde, bound(VarianceType.BETA_TILDE).epsilonWeight(t), 2e-9 * betaTilde);
  }

  @Test
  void goldenPrior() {
    assertEquals(2.91e-5, bound(VarianceType.BETA).prior(1), 5e-8);
    assertEquals(2.91e-5, bound(VarianceType.BETA).prior(-1), 5e-8);
  }

  private static double term(GaussianDiffusion diffusion, double xt, double predictedX0, int t) {
    BoundTerm term = new BoundTerm(diffusion);
    term.evaluate(0.3, xt, predictedX0, 0, t);
    return term.bits();
  }

  @Test
  void termsAreTheWeightedSquaredErrors() {
    for (VarianceType variance : VarianceType.values()) {
      GaussianDiffusion d = diffusion(variance);
      VariationalBound bound = new VariationalBound(d);
      for (int t : new int[] {1, 2, 500, 999}) {
        double xt = d.qSample(0.3, t, 1.1);
        Conversion toX0 = PredictionType.EPSILON.head().toX0(d.process(), t);
        double perfect = term(d, xt, toX0.apply(xt, 1.1), t);
        double ratio = SCHEDULE.posteriorVariance(t) / d.pVariance(t);
        assertEquals(0.5 * (ratio - 1 - Math.log(ratio)) / LN2, perfect, 1e-9);
        double wrong = term(d, xt, toX0.apply(xt, 1.3), t);
        double expected = bound.epsilonWeight(t) * 0.2 * 0.2 / LN2;
        assertEquals(expected, wrong - perfect, 1e-9 * expected + 1e-12, variance + " t=" + t);
      }
    }
  }
}
