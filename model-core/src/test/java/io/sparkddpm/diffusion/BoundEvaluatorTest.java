package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.network.Network;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.CosineSchedule;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.statistics.SharedFiles;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BoundEvaluatorTest {
  private static final double LN2 = Math.log(2);

  private static GaussianDiffusion diffusion(NoiseSchedule schedule, VarianceType variance) {
    return new GaussianDiffusion(
        schedule, new DiffusionConfig(PredictionType.EPSILON, variance, false));
  }

  /** What guided-diffusion's calc_bpd_loop computes, in double, for the files' made-up model. */
  @ParameterizedTest
  @CsvSource({
    "linear, T20, LEARNED_RANGE, 0",
    "linear, T20, LEARNED_RANGE, 1",
    "linear, T20, FIXED_LARGE, 0",
    "linear, T20, FIXED_LARGE, 1",
    "linear, T1000, LEARNED_RANGE, 0",
    "linear, T1000, LEARNED_RANGE, 1",
    "linear, T1000, FIXED_LARGE, 0",
    "linear, T1000, FIXED_LARGE, 1",
    "cosine, T20, LEARNED_RANGE, 0",
    "cosine, T20, LEARNED_RANGE, 1",
    "cosine, T20, FIXED_LARGE, 0",
    "cosine, T20, FIXED_LARGE, 1",
    "cosine, T1000, LEARNED_RANGE, 0",
    "cosine, T1000, LEARNED_RANGE, 1",
    "cosine, T1000, FIXED_LARGE, 0",
    "cosine, T1000, FIXED_LARGE, 1"
  })
  void theOfficialBound(String schedule, String steps, String variance, int clip)
      throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/bpd_loop.npz");
    Map<String, NpyArray> respaced = SharedFiles.goldenArrays("diffusion2/training_losses.npz");
    boolean whole = steps.equals("T1000");
    NoiseSchedule table =
        !whole
            ? NoiseSchedule.ofBetas(respaced.get(schedule + "/T20/betas").toDoubles())
            : NoiseSchedule.of(
                schedule.equals("linear")
                    ? new LinearSchedule(1000, 1e-4, 0.02)
                    : new CosineSchedule(1000));
    GaussianDiffusion d =
        diffusion(
            table, variance.equals("FIXED_LARGE") ? VarianceType.BETA : VarianceType.LEARNED_RANGE);
    VariationalBound bound = new VariationalBound(d);
    double[] map = respaced.get("T20_timestep_map").toDoubles();
    double[] x0 = golden.get(steps + "/x_start").toDoubles();
    double[] noise = golden.get(steps + "/noise").toDoubles();
    String name = String.join("/", schedule, steps, variance, "clip" + clip) + "/";
    TimestepRanges ranges = new TimestepRanges(d.steps(), d.steps());
    int length = x0.length / 2;
    ItemTerm term = new ItemTerm(d, DecoderType.DISCRETIZED);
    for (int n = 0; n < 2; n++) {
      double prior = 0;
      for (int j = 0; j < length; j++) {
        prior += bound.prior(x0[n * length + j]) / length;
      }
      double[] bits = new double[d.steps()];
      double[] epsilonErrors = new double[d.steps()];
      double[] x0Errors = new double[d.steps()];
      for (int t = 0; t < d.steps(); t++) {
        double original = whole ? t : map[t];
        Conversion toX0 = PredictionType.EPSILON.head().toX0(d.process(), t);
        term.begin(t);
        for (int j = 0; j < length; j++) {
          double e = noise[(2 * t + n) * length + j];
          double xt = d.qSample(x0[n * length + j], t, e);
          double epsilon =
              xt * (0.8 + 0.1 * Math.cos(0.01 * original))
                  + 0.2 * Math.sin(3 * xt + 0.005 * original);
          double v = 0.9 * Math.tanh(0.7 * xt - 0.3) * Math.cos(0.003 * original);
          double seen = toX0.apply(xt, epsilon);
          double kept = clip == 1 ? Math.max(-1, Math.min(1, seen)) : seen;
          term.add(x0[n * length + j], xt, e, kept, v);
        }
        bits[t] = term.bits();
        epsilonErrors[t] = term.epsilonError();
        x0Errors[t] = term.x0Error();
      }
      close(golden, name + "vb", n, bits, 1e-8, 1e-10);
      // both are differences of numbers about 1, each with a rounding of 2^-53
      close(golden, name + "prior_bpd", n, new double[] {prior}, 1e-10, 8 * Math.ulp(1.0));
      BoundSums sums = BoundSums.of(ranges, bits, epsilonErrors, x0Errors, prior);
      close(golden, name + "total_bpd", n, new double[] {sums.total()}, 1e-10, 0);
      close(golden, name + "mse", n, epsilonErrors, 1e-8, 1e-10);
      close(golden, name + "xstart_mse", n, x0Errors, 1e-8, 1e-10);
    }
  }

  private static void close(
      Map<String, NpyArray> golden,
      String name,
      int row,
      double[] actual,
      double relative,
      double absolute) {
    if (!golden.containsKey(name)) { // left out of the file to save room
      return;
    }
    double[] expected = golden.get(name).toDoubles();
    for (int i = 0; i < actual.length; i++) {
      double e = expected[row * actual.length + i];
      assertEquals(
          e, actual[i], Math.max(relative * Math.abs(e), absolute), name + " " + row + " " + i);
    }
  }

  /**
   * Sees E[x_0 | x_t] of independent N(0, s) elements, with the true variance of x_{t−1} given x_t
   * where the process takes a learned one.
   */
  private record Oracle(GaussianDiffusion diffusion, double s) implements Denoiser {
    @Override
    public NoiseProcess process() {
      return diffusion.process();
    }

    @Override
    public Variance variance() {
      return diffusion.config().variance().variance();
    }

    @Override
    public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
      for (int n = 0; n < x.count(); n++) {
        int t = (int) levels[n];
        double factor = factor(t);
        for (int i = x.offset(n); i < x.offset(n + 1); i++) {
          reading.x0().data()[i] = (float) (factor * x.data()[i]);
          if (reading.wantsVariance()) {
            reading.variance().data()[i] = (float) v(t);
          }
        }
      }
    }

    double factor(int t) {
      return diffusion.schedule().sqrtAlphaCumprod(t) * s / marginal(t);
    }

    double marginal(int t) {
      return diffusion.schedule().alphaCumprod(t) * s
          + diffusion.schedule().oneMinusAlphaCumprod(t);
    }

    double v(int t) {
      NoiseSchedule schedule = diffusion.schedule();
      double before = schedule.alphaCumprodPrev(t) * s + schedule.oneMinusAlphaCumprodPrev(t);
      double log = Math.log(schedule.beta(t) * before / marginal(t));
      return (log - diffusion.pLogVariance(t, 0))
          / (diffusion.pLogVariance(t, 1) - diffusion.pLogVariance(t, 0));
    }
  }

  /** 8-bit images of independent Gaussian pixels. */
  private static Batch gaussians(int count, Shape shape) {
    Batch batch = new Batch(count, shape);
    for (int n = 0; n < count; n++) {
      RandomStream stream = RandomStream.of(7, Purpose.SHAPES, n);
      for (int i = batch.offset(n); i < batch.offset(n + 1); i++) {
        batch.data()[i] = Pixels.toFloat(Pixels.toByte((float) (0.25 * stream.nextGaussian())));
      }
    }
    return batch;
  }

  private static double meanSquare(Batch batch) {
    double sum = 0;
    for (float x : batch.data()) {
      sum += (double) x * x;
    }
    return sum / batch.data().length;
  }

  /**
   * With the true reverse process the bound up to x at t=0 is the mutual information of x_0 and it;
   * each fixed variance costs what the divergence of two Gaussians says. Monte Carlo over the noise
   * alone: a term that is a squared Gaussian of mean m has a variance of at most 2m².
   */
  @ParameterizedTest
  @EnumSource(VarianceType.class)
  void bitsOfGaussianPixelsInClosedForm(VarianceType variance) {
    GaussianDiffusion d =
        diffusion(NoiseSchedule.of(new LinearSchedule(1000, 1e-4, 0.02)), variance);
    Batch x0 = gaussians(16, Shape.of(1, 8, 8));
    double s = meanSquare(x0);
    Oracle oracle = new Oracle(d, s);
    BoundProfile profile = profile(d, oracle, x0, d.steps(), 3);
    double expected = profile.prior();
    double varianceOfMean = 0;
    for (int t = 1; t < d.steps(); t++) {
      double k = oracle.factor(t) * d.schedule().sqrtAlphaCumprod(t);
      double seen =
          (1 - k) * (1 - k) * s
              + oracle.factor(t) * oracle.factor(t) * d.schedule().oneMinusAlphaCumprod(t);
      double logVariance = d.pLogVariance(t, variance.variance().isLearned() ? oracle.v(t) : 0);
      double coefficient = d.schedule().posteriorMeanCoefX0(t);
      double ratio = d.schedule().posteriorVariance(t) / Math.exp(logVariance);
      double squared = 0.5 * coefficient * coefficient * seen / Math.exp(logVariance) / LN2;
      double bits = squared + 0.5 * (ratio - 1 - Math.log(ratio)) / LN2;
      varianceOfMean += 2 * squared * squared / x0.data().length;
      assertEquals(
          bits,
          profile.levels().get(t).bits(),
          6 * Math.sqrt(2.0 / x0.data().length) * squared + 1e-6,
          "t=" + t);
      expected += bits;
    }
    double tolerance = 4 * Math.sqrt(varianceOfMean);
    assertEquals(expected, profile.rate(), tolerance);
    if (variance == VarianceType.LEARNED_RANGE) {
      assertEquals(information(d, oracle), expected, 1e-6);
    } else {
      assertTrue(expected > information(d, oracle), variance.toString());
    }
  }

  private static double information(GaussianDiffusion d, Oracle oracle) {
    return 0.5 * Math.log(oracle.marginal(0) / d.schedule().oneMinusAlphaCumprod(0)) / LN2;
  }

  private static BoundProfile profile(
      GaussianDiffusion d, Denoiser denoiser, Batch x0, int measured, long seed) {
    return BoundProfile.of(
        new TimestepRanges(d.steps(), measured),
        sums(d, DecoderType.DISCRETIZED, denoiser, x0, measured, seed));
  }

  private static BoundSums sums(
      GaussianDiffusion d,
      DecoderType decoder,
      Denoiser denoiser,
      Batch x0,
      int measured,
      long seed) {
    TimestepRanges ranges = new TimestepRanges(d.steps(), measured);
    BoundEvaluator evaluator = BoundEvaluator.of(d, decoder, denoiser, 1, x0.shape(), seed);
    VariationalBound bound = new VariationalBound(d);
    BoundSums sums = BoundSums.none(measured);
    for (int n = 0; n < x0.count(); n++) {
      Batch item =
          new Batch(Arrays.copyOfRange(x0.data(), x0.offset(n), x0.offset(n + 1)), 1, x0.shape());
      double[] bits = new double[measured];
      double[] epsilonErrors = new double[measured];
      double[] x0Errors = new double[measured];
      for (int k = 0; k < measured; k++) {
        int[] t = {ranges.timestep(k, seed, n)};
        evaluator.evaluate(item, Condition.none(1), t, new long[] {n});
        bits[k] = evaluator.bits(0);
        epsilonErrors[k] = evaluator.epsilonError(0);
        x0Errors[k] = evaluator.x0Error(0);
      }
      sums = sums.plus(BoundSums.of(ranges, bits, epsilonErrors, x0Errors, bound.prior(item, 0)));
    }
    return sums;
  }

  /**
   * With the true reverse process the bound of Gaussian numbers is their entropy, and what x_T is
   * from N(0, 1). Monte Carlo over the noise alone, as above; the term of t=0 is a square, too.
   */
  @Test
  void bitsOfGaussianNumbersAreTheirEntropy() {
    GaussianDiffusion d =
        diffusion(NoiseSchedule.of(new LinearSchedule(200, 1e-3, 0.1)), VarianceType.LEARNED_RANGE);
    Batch x0 = gaussians(100, Shape.of(1, 8, 8));
    double s = meanSquare(x0);
    Oracle oracle = new Oracle(d, s);
    double end = oracle.marginal(d.steps() - 1);
    double expected = 0.5 * (Math.log(2 * Math.PI * Math.E * s) + end - 1 - Math.log(end)) / LN2;
    double varianceOfMean = 2 * Math.pow(0.5 / LN2, 2) / x0.data().length;
    for (int t = 1; t < d.steps(); t++) {
      double coefficient = d.schedule().posteriorMeanCoefX0(t);
      double seen = s * d.schedule().oneMinusAlphaCumprod(t) / oracle.marginal(t);
      double squared =
          0.5 * coefficient * coefficient * seen / Math.exp(d.pLogVariance(t, oracle.v(t))) / LN2;
      varianceOfMean += 2 * squared * squared / x0.data().length;
    }
    BoundSums sums = sums(d, DecoderType.DENSITY, oracle, x0, d.steps(), 3);
    assertEquals(expected, sums.total() / x0.count(), 4 * Math.sqrt(varianceOfMean));
  }

  @Test
  void slopesOfADensity() {
    GaussianDiffusion d =
        diffusion(NoiseSchedule.of(new LinearSchedule(20, 1e-3, 0.4)), VarianceType.LEARNED_RANGE);
    BoundTerm term = new BoundTerm(d, DecoderType.DENSITY);
    double h = 1e-5;
    double byX0 = (density(term, 0.3 + h, 0.4) - density(term, 0.3 - h, 0.4)) / (2 * h);
    double byV = (density(term, 0.3, 0.4 + h) - density(term, 0.3, 0.4 - h)) / (2 * h);
    density(term, 0.3, 0.4);
    assertEquals(byX0, term.byPredictedX0(), 1e-6 * Math.abs(byX0));
    assertEquals(byV, term.byVariance(), 1e-6 * Math.abs(byV));
  }

  private static double density(BoundTerm term, double predictedX0, double v) {
    term.evaluate(0.35, 0.2, predictedX0, v, 0);
    return term.bits();
  }

  @Test
  void thePartsSumToTheWhole() {
    GaussianDiffusion d =
        diffusion(NoiseSchedule.of(new LinearSchedule(50, 1e-3, 0.3)), VarianceType.BETA_TILDE);
    Batch x0 = gaussians(6, Shape.of(1, 4, 4));
    for (int measured : new int[] {50, 7}) {
      BoundProfile p = profile(d, new Oracle(d, 0.0625), x0, measured, 1);
      double sum = p.prior();
      int next = 0;
      for (BoundProfile.Level level : p.levels()) {
        assertEquals(next, level.from());
        sum += (level.to() - level.from()) * level.bits();
        next = level.to();
      }
      assertEquals(50, next);
      assertEquals(p.total().mean(), sum, 1e-12 * sum);
      assertEquals(p.total().mean(), p.rate() + p.decoder(), 1e-12 * sum);
      BoundProfile.Level last = p.levels().get(measured - 1);
      assertEquals(p.prior() + (last.to() - last.from() - 1) / 2.0 * last.bits(), last.rate(), 0);
      assertTrue(p.total().low() < p.total().mean() && p.total().mean() < p.total().high());
    }
  }

  /** Over many images the estimate from few timesteps is within its interval of the whole. */
  @Test
  void fewTimestepsEstimateTheWhole() {
    GaussianDiffusion d =
        diffusion(NoiseSchedule.of(new LinearSchedule(200, 1e-3, 0.1)), VarianceType.BETA);
    Batch x0 = gaussians(200, Shape.of(1, 4, 4));
    Oracle oracle = new Oracle(d, 0.0625);
    BoundEstimate whole = profile(d, oracle, x0, 200, 1).total();
    BoundEstimate few = profile(d, oracle, x0, 20, 2).total();
    assertTrue(few.standardError() > whole.standardError());
    assertEquals(whole.mean(), few.mean(), 4 * few.standardError());
  }

  @Test
  void rangesCoverAllTimestepsOnce() {
    for (int[] of :
        new int[][] {{1000, 1000}, {1000, 2}, {1000, 50}, {4000, 999}, {3, 2}, {1, 1}}) {
      TimestepRanges ranges = new TimestepRanges(of[0], of[1]);
      assertEquals(of[1], ranges.count());
      assertEquals(0, ranges.from(0));
      assertEquals(1, ranges.to(0), "the decoder is a range of its own");
      assertEquals(of[0], ranges.to(of[1] - 1));
      for (int k = 0; k < of[1]; k++) {
        assertTrue(ranges.length(k) >= 1);
        for (long id = 0; id < 3; id++) {
          int t = ranges.timestep(k, 5, id);
          assertTrue(ranges.from(k) <= t && t < ranges.to(k));
        }
      }
    }
    TimestepRanges ranges = new TimestepRanges(1000, 20);
    assertNotEquals(ranges.timestep(19, 5, 0), ranges.timestep(19, 5, 1));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new TimestepRanges(20, 21));
    assertEquals("the number of timesteps measured must be in [2, 20], got 21", e.getMessage());
  }

  @Test
  void anItemDoesNotDependOnItsBatch() {
    GaussianDiffusion d =
        diffusion(NoiseSchedule.of(new LinearSchedule(20, 1e-3, 0.4)), VarianceType.BETA);
    Batch x0 = gaussians(3, Shape.of(1, 4, 4));
    Oracle oracle = new Oracle(d, 0.0625);
    BoundEvaluator three = BoundEvaluator.of(d, DecoderType.DISCRETIZED, oracle, 3, x0.shape(), 9);
    three.evaluate(x0, Condition.none(3), new int[] {4, 0, 19}, new long[] {8, 9, 10});
    BoundEvaluator one = BoundEvaluator.of(d, DecoderType.DISCRETIZED, oracle, 1, x0.shape(), 9);
    Batch last = new Batch(Arrays.copyOfRange(x0.data(), 32, 48), 1, x0.shape());
    one.evaluate(last, Condition.none(1), new int[] {19}, new long[] {10});
    assertEquals(three.bits(2), one.bits(0), 0);
    assertEquals(three.epsilonError(2), one.epsilonError(0), 0);
    assertEquals(three.x0Error(2), one.x0Error(0), 0);
    assertArrayEquals(Arrays.copyOfRange(three.noisy().data(), 32, 48), one.noisy().data());
    one.evaluate(last, Condition.none(1), new int[] {19}, new long[] {11});
    assertNotEquals(three.bits(2), one.bits(0));
  }

  /** A mean that the network gives is taken as it is, clipped x_0 or not. */
  @Test
  void aPredictedMeanIsNotClipped() {
    NoiseSchedule schedule = NoiseSchedule.of(new LinearSchedule(20, 1e-3, 0.4));
    Batch x0 = gaussians(2, Shape.of(1, 4, 4));
    double[] bits = new double[2];
    double[] errors = new double[2];
    for (boolean clip : new boolean[] {false, true}) {
      DiffusionConfig config = new DiffusionConfig(PredictionType.MU, VarianceType.BETA, clip);
      GaussianDiffusion d = new GaussianDiffusion(schedule, config);
      Denoiser denoiser = config.denoiser(new Tripling(), d.process());
      BoundEvaluator evaluator =
          BoundEvaluator.of(d, DecoderType.DISCRETIZED, denoiser, 2, x0.shape(), 9);
      evaluator.evaluate(x0, Condition.none(2), new int[] {3, 3}, new long[] {0, 1});
      BoundTerm term = new BoundTerm(d);
      double expected = 0;
      for (int i = 0; i < 16; i++) {
        double xt = evaluator.noisy().data()[i];
        Conversion toX0 = PredictionType.MU.head().toX0(d.process(), 3);
        term.evaluate(x0.data()[i], xt, toX0.apply(xt, 3 * (float) xt), 0, 3);
        expected += term.bits() / 16;
      }
      assertEquals(expected, evaluator.bits(0), 1e-6 * expected);
      bits[clip ? 1 : 0] = evaluator.bits(0);
      errors[clip ? 1 : 0] = evaluator.x0Error(0);
    }
    assertEquals(bits[0], bits[1], 0);
    assertTrue(errors[1] < errors[0], "x_0 itself is clipped");
  }

  private static final class Tripling implements Network {
    @Override
    public void forward(Batch xt, double[] timesteps, Condition condition, Batch output) {
      for (int i = 0; i < xt.data().length; i++) {
        output.data()[i] = 3 * xt.data()[i];
      }
    }

    @Override
    public void close() {}
  }

  @Test
  void noiseIsNotTrainings() {
    float[] evaluation = new float[4];
    float[] training = new float[4];
    RandomStream.of(1, Purpose.EVALUATION_NOISE, 3, 4).fillGaussian(evaluation, 0, 4);
    RandomStream.of(1, Purpose.NOISE, 3, 4).fillGaussian(training, 0, 4);
    assertNotEquals(evaluation[0], training[0]);
  }
}
