package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.network.Network;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.schedule.CosineSchedule;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.statistics.SharedFiles;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LearnedVarianceTest {
  private static final ScheduleConfig LINEAR = new LinearSchedule(1000, 1e-4, 0.02);

  private static GaussianDiffusion diffusion(
      ScheduleConfig schedule, PredictionType prediction, VarianceType variance) {
    return new GaussianDiffusion(
        NoiseSchedule.of(schedule), new DiffusionConfig(prediction, variance, false));
  }

  /** The variance part of the golden files' made-up model. */
  private static double v(double x, int t) {
    return 0.9 * Math.tanh(0.7 * x - 0.3) * Math.cos(0.003 * t);
  }

  /** The other part. */
  private static double output(double x, int t) {
    return x * (0.8 + 0.1 * Math.cos(0.01 * t)) + 0.2 * Math.sin(3 * x + 0.005 * t);
  }

  /** What improved-diffusion computes, at its own precision and in double. */
  @ParameterizedTest
  @ValueSource(strings = {"linear", "cosine"})
  void meansAndVariancesAreTheOfficialOnes(String schedule) throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/p_mean_variance.npz");
    boolean linear = schedule.equals("linear");
    double tolerance = linear ? 1e-12 : 1e-9;
    ScheduleConfig config = linear ? LINEAR : new CosineSchedule(1000);
    double[] x = golden.get("x").toDoubles();
    double[] ts = golden.get("t").toDoubles();
    Map<PredictionType, String> predictions =
        Map.of(
            PredictionType.EPSILON, "EPSILON",
            PredictionType.X0, "START_X",
            PredictionType.MU, "PREVIOUS_X");
    for (Map.Entry<PredictionType, String> prediction : predictions.entrySet()) {
      GaussianDiffusion d = diffusion(config, prediction.getKey(), VarianceType.LEARNED_RANGE);
      for (int clip = 0; clip <= 1; clip++) {
        String name = schedule + "/clip" + clip + "/" + prediction.getValue();
        double[] means = golden.get(name + "/mean").toDoubles();
        double[] seen = golden.get(name + "/pred_xstart").toDoubles();
        for (int i = 0; i < means.length; i++) {
          int t = (int) ts[i / x.length];
          double xt = x[i % x.length];
          double x0 = prediction.getKey().head().toX0(d.process(), t).apply(xt, output(xt, t));
          double kept = clip == 1 ? Math.max(-1, Math.min(1, x0)) : x0;
          check(seen[i], kept, tolerance, name + " x0 " + i);
          // theirs is the output itself for PREVIOUS_X, clipped or not
          double used = prediction.getKey() == PredictionType.MU ? x0 : kept;
          check(means[i], d.qPosteriorMean(used, xt, t), tolerance, name + " mean " + i);
        }
      }
    }
    Map<VarianceType, String> variances =
        Map.of(
            VarianceType.BETA_TILDE, "FIXED_SMALL",
            VarianceType.BETA, "FIXED_LARGE",
            VarianceType.LEARNED_RANGE, "LEARNED_RANGE");
    for (Map.Entry<VarianceType, String> variance : variances.entrySet()) {
      GaussianDiffusion d = diffusion(config, PredictionType.EPSILON, variance.getKey());
      String name = schedule + "/" + variance.getValue() + "/log_variance";
      double[] expected = golden.get(name).toDoubles();
      for (int i = 0; i < ts.length * x.length; i++) {
        int t = (int) ts[i / x.length];
        double v = v(x[i % x.length], t);
        double log = expected[expected.length == ts.length ? i / x.length : i];
        check(log, d.pLogVariance(t, v), tolerance, name + " " + i);
      }
    }
  }

  private static void check(double expected, double actual, double tolerance, String what) {
    assertEquals(expected, actual, tolerance * Math.max(1, Math.abs(expected)), what);
  }

  /** Some of those numbers. */
  @ParameterizedTest
  @CsvSource({
    "0, 0.21554795678547525, -9.448180255256247",
    "0, 0.3892538990567508, -9.395513936910568",
    "1, 0.2155469868203972, -9.337776063154019",
    "1, 0.3892521474155188, -9.26933286318289",
    "10, 0.2154509674794471, -8.17181217571531",
    "10, 0.38907874793910024, -8.15910656188597",
    "500, 0.015247259288195474, -4.599614378841332",
    "500, 0.02753473155751705, -4.599609109693418",
    "998, -0.21320451116988048, -3.913020007078265",
    "998, -0.3850219158048493, -3.913020079209657",
    "999, -0.21329864536571327, -3.9120235051083943",
    "999, -0.3851919109340491, -3.912023575900256"
  })
  void goldenLogVariances(int t, double v, double expected) {
    GaussianDiffusion d = diffusion(LINEAR, PredictionType.EPSILON, VarianceType.LEARNED_RANGE);
    assertEquals(expected, d.pLogVariance(t, v), 1e-12 * Math.abs(expected));
  }

  @Test
  void theEndsAreTheFixedOnes() {
    GaussianDiffusion learned =
        diffusion(LINEAR, PredictionType.EPSILON, VarianceType.LEARNED_RANGE);
    GaussianDiffusion large = diffusion(LINEAR, PredictionType.EPSILON, VarianceType.BETA);
    GaussianDiffusion small = diffusion(LINEAR, PredictionType.EPSILON, VarianceType.BETA_TILDE);
    for (int t = 0; t < 1000; t++) {
      assertEquals(small.pLogVariance(t), learned.pLogVariance(t, -1), 1e-13);
      double upper = t == 0 ? Math.log(1e-4) : large.pLogVariance(t);
      assertEquals(upper, learned.pLogVariance(t, 1), 1e-13);
    }
  }

  /** Gives x, and 10 x as its v. */
  private static final class Twofold implements Network {
    @Override
    public void forward(Batch x, double[] levels, Condition condition, Batch output) {
      for (int n = 0; n < x.count(); n++) {
        for (int j = 0; j < x.itemLength(); j++) {
          output.data()[output.offset(n) + j] = x.data()[x.offset(n) + j];
          output.data()[output.offset(n) + x.itemLength() + j] = 10 * x.data()[x.offset(n) + j];
        }
      }
    }

    @Override
    public void close() {}
  }

  @Test
  void theSecondHalfOfTheChannelsIsReadAsVAndClippingLeavesIt() {
    NoiseProcess process = new DiscreteProcess(NoiseSchedule.of(LINEAR));
    Shape shape = Shape.of(2, 1, 2);
    Batch x = new Batch(new float[] {1, 2, 3, 4, -5, -6, -7, -8}, 2, shape);
    DiffusionConfig config =
        new DiffusionConfig(PredictionType.X0, VarianceType.LEARNED_RANGE, true);
    Denoiser denoiser = config.denoiser(new Twofold(), process);
    assertTrue(denoiser.variance().isLearned());
    Reading reading = Reading.ofX0AndVariance(2, shape);
    assertTrue(reading.wantsVariance());
    denoiser.predict(x, new double[] {3, 4}, Condition.none(2), reading);
    assertArrayEquals(new float[] {1, 1, 1, 1, -1, -1, -1, -1}, reading.x0().data());
    assertArrayEquals(new float[] {10, 20, 30, 40, -50, -60, -70, -80}, reading.variance().data());
    DiffusionConfig fixed = new DiffusionConfig(PredictionType.X0, VarianceType.BETA, false);
    Reading mean = Reading.ofX0(2, shape);
    assertFalse(mean.wantsVariance());
    fixed
        .denoiser(new Twofold(), process, true)
        .predict(x, new double[] {3, 4}, Condition.none(2), mean);
    assertArrayEquals(x.data(), mean.x0().data());
  }

  @Test
  void aNetworkWithoutAVarianceHasNoneToRead() {
    NoiseProcess process = new DiscreteProcess(NoiseSchedule.of(LINEAR));
    Network echo =
        new Network() {
          @Override
          public void forward(Batch x, double[] levels, Condition condition, Batch output) {
            System.arraycopy(x.data(), 0, output.data(), 0, x.data().length);
          }

          @Override
          public void close() {}
        };
    Batch x = new Batch(1, Shape.of(2));
    Reading reading = Reading.ofX0AndVariance(1, Shape.of(2));
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () ->
                DiffusionConfig.DEFAULTS
                    .denoiser(echo, process)
                    .predict(x, new double[1], Condition.none(1), reading));
    assertEquals("this network gives no variance", e.getMessage());
    e = assertThrows(IllegalStateException.class, () -> Reading.ofX0(1, Shape.of(1)).variance());
    assertEquals("this reading has no variance", e.getMessage());
  }

  @Test
  void theNetworksOutputsFollowTheVariance() {
    DiffusionConfig learned =
        new DiffusionConfig(PredictionType.EPSILON, VarianceType.LEARNED_RANGE, true);
    UNetConfig model = UNetConfig.DEFAULTS;
    assertEquals(6, learned.network(model).outputShape().dim(0));
    assertEquals(learned.network(model), learned.network(learned.network(model)));
    assertEquals(model, DiffusionConfig.DEFAULTS.network(model));
    learned.check(learned.network(model));
    DiffusionConfig.DEFAULTS.check(model);
    assertEquals(
        "model.output-channels must be 6, got 4: 2 for each of model.input-channels=3, as"
            + " diffusion.variance is learned",
        refused(learned, model.withOutputChannels(4)));
    assertEquals(
        "model.output-channels must be 3, got 6: 1 for each of model.input-channels=3, as"
            + " diffusion.variance is fixed",
        refused(DiffusionConfig.DEFAULTS, model.withOutputChannels(6)));
  }

  private static String refused(DiffusionConfig config, UNetConfig model) {
    NetworkConfig network = config.network(model);
    return assertThrows(IllegalArgumentException.class, () -> config.check(network)).getMessage();
  }
}
