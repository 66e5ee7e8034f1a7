package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;
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

  /** Values of the official code. */
  @ParameterizedTest
  @CsvSource({"0, 0, 0.01, -1.18737117", "-1, -1, 0.01, -0.42692723", "1, 0.9, 0.05, -3.60035415"})
  void goldenDecoder(double x, double mean, double scale, double expected) {
    assertEquals(expected, DiscretizedGaussian.logLikelihood(x, mean, Math.log(scale)), 1e-8);
  }

  @Test
  void decoderSumsToOneOverAllPixelValues() {
    for (double mean : new double[] {-1, -0.3, 0, 0.77, 1}) {
      for (double scale : new double[] {0.02, 0.1, 0.5}) {
        double sum = 0;
        for (int level = 0; level < 256; level++) {
          double x = level / 127.5 - 1;
          sum += Math.exp(DiscretizedGaussian.logLikelihood(x, mean, Math.log(scale)));
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

  @Test
  void termsAreTheWeightedSquaredErrors() {
    for (VarianceType variance : VarianceType.values()) {
      GaussianDiffusion d = diffusion(variance);
      VariationalBound bound = new VariationalBound(d);
      for (int t : new int[] {1, 2, 500, 999}) {
        double xt = d.qSample(0.3, t, 1.1);
        Conversion toX0 = PredictionType.EPSILON.head().toX0(d.process(), t);
        double perfect = bound.term(0.3, xt, toX0.apply(xt, 1.1), t);
        double ratio = SCHEDULE.posteriorVariance(t) / d.pVariance(t);
        assertEquals(0.5 * (ratio - 1 - Math.log(ratio)) / LN2, perfect, 1e-9);
        double wrong = bound.term(0.3, xt, toX0.apply(xt, 1.3), t);
        double expected = bound.epsilonWeight(t) * 0.2 * 0.2 / LN2;
        assertEquals(expected, wrong - perfect, 1e-9 * expected + 1e-12, variance + " t=" + t);
      }
    }
  }

  @Test
  void boundOfABatchIsTheMeanOfItsImages() {
    GaussianDiffusion d =
        new GaussianDiffusion(
            NoiseSchedule.of(new LinearSchedule(20, 1e-3, 0.4)), DiffusionConfig.DEFAULTS);
    VariationalBound bound = new VariationalBound(d);
    float[] pixels = new float[8];
    for (int i = 0; i < 8; i++) {
      pixels[i] = 20 * i / 127.5f - 1;
    }
    Batch both = new Batch(pixels, 2, 1, 2, 2);
    Batch second = new Batch(Arrays.copyOfRange(pixels, 4, 8), 1, 1, 2, 2);
    Batch first = new Batch(Arrays.copyOf(pixels, 4), 1, 1, 2, 2);
    Denoiser model = d.config().denoiser(new HalfModel(), d.process());
    VariationalBound.Bits all =
        bound.evaluate(model, both, Condition.none(2), new long[] {5, 9}, 3);
    VariationalBound.Bits a = bound.evaluate(model, first, Condition.none(1), new long[] {5}, 3);
    VariationalBound.Bits b = bound.evaluate(model, second, Condition.none(1), new long[] {9}, 3);
    for (int t = 0; t < 20; t++) {
      assertEquals((a.terms()[t] + b.terms()[t]) / 2, all.terms()[t], 1e-12);
      assertTrue(all.terms()[t] >= 0);
    }
    assertEquals((a.total() + b.total()) / 2, all.total(), 1e-10);
    assertTrue(all.total() > all.prior());
  }

  private static final class HalfModel implements Network {
    @Override
    public void forward(Batch xt, double[] timesteps, Condition condition, Batch output) {
      for (int i = 0; i < xt.data().length; i++) {
        output.data()[i] = xt.data()[i] / 2;
      }
    }

    @Override
    public void close() {}
  }
}
