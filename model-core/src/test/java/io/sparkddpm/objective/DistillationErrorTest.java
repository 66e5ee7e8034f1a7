package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.statistics.SharedFiles;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a student learns of a teacher that is the perfect denoiser of a mixture of Gaussians. */
class DistillationErrorTest {
  private static final int N = 8;
  private static final Shape PLANE = Shape.of(2);
  private static final String GOLDEN = "diffusion2/progressive_distillation.npz";

  private static GaussianDiffusion diffusion(PredictionType prediction) {
    return new GaussianDiffusion(
        NoiseSchedule.of(LinearSchedule.DEFAULTS),
        new DiffusionConfig(prediction, VarianceType.BETA_TILDE, false));
  }

  private static Objective objective(GaussianDiffusion diffusion, int steps) {
    return new DistillationObjective(steps, 1)
        .objective(
            diffusion,
            new ConstantWeighting(),
            Optional.of(new MixtureDenoiser(GaussianMixture.PLANE, diffusion.process())));
  }

  private static TrainingBatch batch(float[] xt, double... levels) {
    Batch x = new Batch(xt, levels.length, PLANE);
    float[] weights = new float[levels.length];
    Arrays.fill(weights, 1);
    NetworkInput input =
        new NetworkInput(x, levels, Condition.none(levels.length), new long[levels.length]);
    return new TrainingBatch(1, 2, input, x.like(), x.like(), new long[levels.length], weights);
  }

  /** Losses and gradients of an output of zeros, in double by another program. */
  @ParameterizedTest
  @EnumSource(
      value = PredictionType.class,
      names = {"V", "X0"})
  void golden(PredictionType prediction) throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays(GOLDEN);
    double[] counts = golden.get("linear_T1000/S").toDoubles();
    double[] levels = golden.get("linear_T1000/t_tmid_tend").toDoubles();
    float[] all = golden.get("linear_T1000/z_t").toFloats();
    double[] sigmas = golden.get("linear_T1000/alpha_sigma").toDoubles();
    boolean v = prediction == PredictionType.V;
    double[] targets = golden.get("linear_T1000/target_" + (v ? "v" : "x")).toDoubles();
    double[] weights = golden.get("linear_T1000/weight_truncated_snr").toDoubles();
    GaussianDiffusion diffusion = diffusion(prediction);
    for (int row = 0; row < counts.length; row++) {
      int steps = (int) counts[row];
      if (1000 % (2 * steps) != 0) {
        continue; // other levels than those of samples
      }
      double[] same = new double[N];
      Arrays.fill(same, levels[3 * row]);
      TrainingBatch batch = batch(Arrays.copyOfRange(all, 2 * N * row, 2 * N * (row + 1)), same);
      Batch output = new Batch(N, PLANE);
      ItemLosses losses = new ItemLosses(N);
      objective(diffusion, steps).evaluate(batch, 0, N, output, losses);
      double sigma = sigmas[6 * row + 1];
      double weight = weights[row] * (v ? sigma * sigma : 1);
      for (int n = 0; n < N; n++) {
        double loss = 0;
        for (int i = 2 * n; i < 2 * n + 2; i++) {
          double target = targets[2 * N * row + i];
          loss += weight * target * target / 2;
          // x, the teacher's x0 and the target are rounded to float, then divided by σ for v
          double tolerance = 2e-6 * weight * (1 + Math.abs(target)) / (v ? sigma : 1);
          assertEquals(-2 * weight * target / (2 * N), output.data()[i], tolerance);
        }
        assertEquals(loss, losses.loss(n), 1e-5 * (1 + loss), "loss of row " + row);
      }
    }
  }

  @Test
  void itemsOfAllLevelsAreIndependentOfEachOtherAndOfTheirParts() {
    GaussianDiffusion diffusion = diffusion(PredictionType.V);
    Objective objective = objective(diffusion, 4);
    float[] xt = {0.1f, 2, -1, 0.5f, 0.7f, 0.3f, 1, 1};
    TrainingBatch batch = batch(xt, 999, 249, 749, 499);
    Batch whole = new Batch(4, PLANE);
    ItemLosses losses = new ItemLosses(4);
    objective.evaluate(batch, 0, 4, whole, losses);
    Batch parts = new Batch(4, PLANE);
    ItemLosses ofParts = new ItemLosses(4);
    objective.evaluate(batch, 0, 1, parts, ofParts);
    objective.evaluate(batch, 1, 4, parts, ofParts);
    assertArrayEquals(whole.data(), parts.data());
    assertArrayEquals(losses.losses(), ofParts.losses());
  }

  /** Its clock draws the levels of its steps, whichever clock is configured. */
  @Test
  void onlyTheStudentsLevelsAreDrawn() {
    NoiseSchedule schedule = NoiseSchedule.of(LinearSchedule.DEFAULTS);
    for (ClockConfig config :
        new ClockConfig[] {
          new ClockConfig.Uniform(),
          new ClockConfig.Stratified(),
          new ClockConfig.SecondMoment(1, 1)
        }) {
      Clock clock = new DistillationObjective(4, 1).clock(config, schedule, 4);
      double[] levels = new double[4000];
      double[] losses = new double[levels.length];
      for (int i = 0; i < levels.length; i++) {
        levels[i] = clock.level(new ExampleKey(3, i / 4, i % 4, i));
        losses[i] = levels[i] == 999 ? 9 : 1;
        assertEquals(1, clock.weight(levels[i]));
      }
      for (double level : new double[] {999, 749, 499, 249}) {
        long drawn = Arrays.stream(levels).filter(l -> l == level).count();
        assertEquals(1000, drawn, 5 * Math.sqrt(750), config + " at " + level);
      }
      if (clock.observes()) {
        Clock folded = clock.fold(new TimedLosses(levels, losses));
        Clock restored = clock.restore(folded.save());
        assertArrayEquals(folded.save(), restored.save());
        assertTrue(folded.save().length > 0);
      }
    }
  }

  @Test
  void refusals() {
    ObjectiveConfig objective = DistillationObjective.DEFAULTS;
    assertTrue(
        assertThrows(
                UserException.class,
                () -> objective.objective(diffusion(PredictionType.V), new ConstantWeighting()))
            .getMessage()
            .contains("needs a teacher"));
    for (PredictionType prediction :
        new PredictionType[] {PredictionType.EPSILON, PredictionType.MU}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> objective.check(diffusion(prediction).config()))
              .getMessage();
      assertTrue(message.contains("this one predicts " + prediction), message);
      assertTrue(message.endsWith("train the teacher with diffusion.prediction=v"), message);
    }
    objective.check(diffusion(PredictionType.X0).config());
    DiffusionConfig learned =
        new DiffusionConfig(PredictionType.V, VarianceType.LEARNED_RANGE, true);
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> objective.check(learned))
            .getMessage()
            .contains("trains no variance"));
  }
}
