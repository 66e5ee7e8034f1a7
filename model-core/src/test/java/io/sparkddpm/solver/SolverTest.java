package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.CosineSchedule;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class SolverTest {
  private static final NoiseSchedule SCHEDULE =
      NoiseSchedule.of(new LinearSchedule(100, 1e-3, 0.1));

  private static final NoiseProcess PROCESS = new DiscreteProcess(SCHEDULE);

  private static final List<SampleConfig> CONFIGS =
      List.of(
          config(new AncestralSolver(1), 0),
          config(new AncestralSolver(0.5), 13),
          config(new DdimSolver(0), 10),
          config(new DdimSolver(0.7), 13));

  private static SampleConfig config(Solver solver, int steps) {
    return new SampleConfig(solver, steps, Spacing.UNIFORM, 7, 4, "raw");
  }

  @Test
  void anImageDependsOnItsIndexOnly() {
    for (SampleConfig config : CONFIGS) {

      float[] together = sample(config, 10, 7);
      float[] apart = new float[together.length];
      int length = together.length / 7;
      int[] cuts = {0, 3, 4, 7};
      for (int part = 2; part >= 0; part--) {
        float[] some = sample(config, 10 + cuts[part], cuts[part + 1] - cuts[part]);
        System.arraycopy(some, 0, apart, cuts[part] * length, some.length);
      }
      assertArrayEquals(together, apart, config.toString());
      assertFalse(
          Arrays.equals(
              Arrays.copyOfRange(together, 0, length),
              Arrays.copyOfRange(together, length, 2 * length)));
      for (float value : together) {
        assertTrue(Math.abs(value) <= 1, config + " gives " + value);
      }
    }
  }

  @Test
  void batchesOfSeededImagesContinueEachOther() {
    SampleConfig config = CONFIGS.get(1);
    SeededBatches batches =
        new SeededBatches(config.solver(), config.grid(PROCESS), 7, 5, Shape.of(3, 4, 5));
    float[] fifteen = sample(config, 0, 15);
    for (int b = 2; b >= 0; b--) {
      Batch batch =
          batches.draw(denoiser(new MadeUpModel()), b, Condition.none(5), StepListener.NONE);
      int length = batch.data().length;
      assertArrayEquals(Arrays.copyOfRange(fifteen, b * length, (b + 1) * length), batch.data());
    }
  }

  @Test
  void withoutNoiseTheProcessIsDeterministicAfterTheFirstDraw() {
    int[] draws = {0};
    NoiseSource counting =
        (item, destination, offset, length) -> {
          draws[0]++;
          new SeededNoise(1, item, 1).fill(0, destination, offset, length);
        };
    TimeGrid grid = Spacing.UNIFORM.grid(100, PROCESS);
    Denoiser denoiser = denoiser(new MadeUpModel());
    Condition none = Condition.none(2);
    Shape shape = Shape.of(1, 2, 2);
    new AncestralSolver(0).sample(denoiser, grid, counting, none, shape, StepListener.NONE);
    assertEquals(2, draws[0]);
    new AncestralSolver(1).sample(denoiser, grid, counting, none, shape, StepListener.NONE);
    assertEquals(2 + 2 * 100, draws[0], "x_T and a z for each step but the last");
  }

  /** As the official code has it for "xprev": the mean is the output, whatever becomes of x_0. */
  @Test
  void aPredictedMeanIsTakenAsItIs() {
    DiffusionConfig mu = new DiffusionConfig(PredictionType.MU, VarianceType.BETA, true);
    Shape shape = Shape.of(1, 2, 2);
    Condition none = Condition.none(2);
    Batch drawn =
        new AncestralSolver(0)
            .sample(
                mu.denoiser(new MadeUpModel(), PROCESS),
                Spacing.UNIFORM.grid(100, PROCESS),
                new SeededNoise(7, 0, 2),
                none,
                shape,
                StepListener.NONE);
    Batch x = new Batch(2, shape);
    SeededNoise noise = new SeededNoise(7, 0, 2);
    for (int n = 0; n < 2; n++) {
      noise.fill(n, x.data(), x.offset(n), x.itemLength());
    }
    for (int t = 99; t >= 0; t--) {
      Batch output = x.like();
      new MadeUpModel().forward(x, new double[] {t, t}, none, output);
      x = output;
    }
    assertArrayEquals(x.data(), drawn.data());
  }

  @Test
  void theListenerSeesEveryStepAndTheLastX0IsTheImage() {
    List<Double> seen = new ArrayList<>();
    TimeGrid grid = Spacing.UNIFORM.grid(100, PROCESS);
    StripRecorder strip = new StripRecorder(grid, 1, 10, Shape.of(1, 2, 2));
    Batch images =
        new AncestralSolver(1)
            .sample(
                denoiser(new MadeUpModel()),
                grid,
                new SeededNoise(7, 0, 3),
                Condition.none(3),
                Shape.of(1, 2, 2),
                (step, level, xt, x0) -> {
                  assertEquals(seen.size(), step);
                  seen.add(level);
                  strip.onStep(step, level, xt, x0);
                });
    assertEquals(100, seen.size());
    assertEquals(99, seen.get(0));
    assertEquals(0, seen.get(99));
    assertArrayEquals(new double[] {99, 88, 77, 66, 55, 44, 33, 22, 11, 0}, strip.levels());
    float[] noise = new float[4];
    new SeededNoise(7, 1, 1).fill(0, noise, 0, 4);
    assertArrayEquals(noise, Arrays.copyOf(strip.noisy().data(), 4));
    assertArrayEquals(
        Arrays.copyOfRange(images.data(), 4, 8),
        Arrays.copyOfRange(strip.predicted().data(), 36, 40));
  }

  @Test
  void aStripOfFewStepsHasFewColumns() {
    TimeGrid grid = config(new DdimSolver(0), 1).grid(PROCESS);
    StripRecorder strip = new StripRecorder(grid, 0, 10, Shape.of(1, 2, 2));
    assertArrayEquals(new double[] {99}, strip.levels());
  }

  @Test
  void aScheduleOfOneStepSamples() {
    NoiseSchedule one = NoiseSchedule.of(new CosineSchedule(1));
    NoiseProcess process = new DiscreteProcess(one);
    for (Solver solver : List.of(AncestralSolver.DEFAULTS, DdimSolver.DEFAULTS)) {
      SampleConfig config = config(solver, 0);
      Batch x =
          config
              .solver()
              .sample(
                  DiffusionConfig.DEFAULTS.denoiser(new MadeUpModel(), process),
                  config.grid(process),
                  new SeededNoise(1, 0, 1),
                  Condition.none(1),
                  Shape.of(1, 2, 2),
                  StepListener.NONE);
      for (float value : x.data()) {
        assertTrue(Math.abs(value) <= 1);
      }
    }
  }

  @Test
  void nonFinitePredictionsStop() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      Network model =
          new Network() {
            @Override
            public void forward(Batch xt, double[] timesteps, Condition condition, Batch output) {
              output.data()[3] = timesteps[0] == 40 ? bad : 0;
            }

            @Override
            public void close() {}
          };
      SampleConfig config = config(new AncestralSolver(1), 0);
      TrainingDivergedException e =
          assertThrows(TrainingDivergedException.class, () -> sample(config, model, 0, 1));
      assertEquals(
          "The network predicts a value that is not finite at timestep 40; its weights cannot be"
              + " sampled from",
          e.getMessage());
    }
  }

  @Test
  void configurationsAreChecked() {
    assertMessage(
        "steps must be at most the schedule's 100, got 101",
        () -> config(new DdimSolver(0), 101).grid(PROCESS));
    assertMessage("eta must be in [0, 1], got 1.5", () -> new DdimSolver(1.5));
    assertMessage("noise-scale must be at least 0, got NaN", () -> new AncestralSolver(Double.NaN));
    assertMessage(
        "weights must be raw, ema-RATE or power-WIDTH, such as ema-0.9999, got ema",
        () -> new SampleConfig(new DdimSolver(0), 1, Spacing.UNIFORM, 0, 1, "ema"));
  }

  private static void assertMessage(String message, Executable executable) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, executable).getMessage());
  }

  private static Denoiser denoiser(Network network) {
    return DiffusionConfig.DEFAULTS.denoiser(network, PROCESS);
  }

  private static float[] sample(SampleConfig config, long first, int count) {
    return sample(config, new MadeUpModel(), first, count);
  }

  private static float[] sample(SampleConfig config, Network network, long first, int count) {
    return config
        .solver()
        .sample(
            denoiser(network),
            config.grid(PROCESS),
            new SeededNoise(7, first, count),
            Condition.none(count),
            Shape.of(3, 4, 5),
            StepListener.NONE)
        .data();
  }

  /** Each pixel with its neighbour, so that a mix-up of images would show. */
  private static final class MadeUpModel implements Network {
    @Override
    public void forward(Batch xt, double[] timesteps, Condition condition, Batch output) {
      int length = xt.itemLength();
      for (int n = 0; n < xt.count(); n++) {
        for (int i = 0; i < length; i++) {
          output.data()[n * length + i] =
              0.8f * xt.data()[n * length + i] + 0.1f * xt.data()[n * length + (i + 1) % length];
        }
      }
    }

    @Override
    public void close() {}
  }
}
