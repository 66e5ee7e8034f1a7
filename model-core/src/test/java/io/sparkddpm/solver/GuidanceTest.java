package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.ClassifierFreeGuidance;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Classifier-free guidance of the perfect denoiser of a mixture whose components are labels. */
class GuidanceTest {
  private static final NoiseProcess PROCESS =
      new DiscreteProcess(NoiseSchedule.of(LinearSchedule.DEFAULTS));

  private static final Denoiser MIXTURE = new MixtureDenoiser(GaussianMixture.PLANE, PROCESS);
  private static final double EVERYWHERE = 1e6;

  private static Denoiser guided(double scale) {
    return new ClassifierFreeGuidance(scale, 0, EVERYWHERE, 0).guided(MIXTURE);
  }

  private static Reading read(Denoiser denoiser, Batch x, double[] levels, int... labels) {
    Reading reading = Reading.ofX0AndEpsilon(x.count(), x.shape());
    denoiser.predict(x, levels, Condition.labels(labels), reading);
    return reading;
  }

  /** ε + s·(ε of the label − ε), computed in double by another program. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void goldenEpsilon(int scale) throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/gmm_eps_model.npz");
    double[] t = golden.get("t").toDoubles();
    double[] expected = golden.get("eps_cfg_s" + scale).toDoubles();
    Batch x = new Batch(golden.get("x").toFloats(), 50, Shape.of(2));
    for (int label = 0; label < 3; label++) {
      int[] labels = new int[50];
      Arrays.fill(labels, label);
      Reading reading = read(guided(scale), x, t, labels);
      for (int n = 0; n < 50; n++) {
        double alpha = PROCESS.alpha(t[n]);
        double sigma = PROCESS.sigma(t[n]);
        for (int d = 0; d < 2; d++) {
          double epsilon = expected[(n * 3 + label) * 2 + d];
          // both halves are rounded to float, and x itself was
          double tolerance = 1e-5 * (1 + scale) * Math.max(1, Math.abs(epsilon)) / sigma;
          int i = 2 * n + d;
          assertEquals(epsilon, reading.epsilon().data()[i], tolerance, "ε of " + n);
          double x0 = (x.data()[i] - sigma * epsilon) / alpha;
          double ofX0 = tolerance * Math.max(1, sigma / alpha) * Math.max(1, Math.abs(x.data()[i]));
          assertEquals(x0, reading.x0().data()[i], ofX0, "x0 of " + n);
        }
      }
    }
  }

  @Test
  void withoutLabelsAndWithScaleOneNothingChanges() {
    assertSame(MIXTURE, guided(1));
    Batch x = new Batch(new float[] {1, 2, -1, 0.5f}, 2, Shape.of(2));
    double[] levels = {700, 20};
    assertArrayEquals(
        read(MIXTURE, x, levels, -1, -1).x0().data(),
        read(guided(3), x, levels, -1, -1).x0().data());
    assertArrayEquals(
        read(MIXTURE, x, levels, -1, -1).x0().data(), read(guided(0), x, levels, 2, 1).x0().data());
  }

  @Test
  void itActsInItsInterval() {
    Batch x = new Batch(new float[] {1, 2, 1, 2, 1, 2}, 3, Shape.of(2));
    double[] levels = {900, 400, 10};
    double middle = PROCESS.sigma(400) / PROCESS.alpha(400);
    Denoiser guided = new ClassifierFreeGuidance(4, middle / 2, middle * 2, 0).guided(MIXTURE);
    float[] some = read(guided, x, levels, 1, 1, 1).x0().data();
    float[] none = read(MIXTURE, x, levels, 1, 1, 1).x0().data();
    float[] all = read(guided(4), x, levels, 1, 1, 1).x0().data();
    assertArrayEquals(Arrays.copyOf(none, 2), Arrays.copyOf(some, 2));
    assertArrayEquals(Arrays.copyOfRange(all, 2, 4), Arrays.copyOfRange(some, 2, 4));
    assertArrayEquals(Arrays.copyOfRange(none, 4, 6), Arrays.copyOfRange(some, 4, 6));
    double[] outside = {900, 900, 10};
    assertArrayEquals(
        read(MIXTURE, x, outside, 1, 1, 1).x0().data(),
        read(guided, x, outside, 1, 1, 1).x0().data());
  }

  /** Wholly rescaled, x0 has the deviation of the label's own, and ε agrees with it. */
  @Test
  void rescaled() {
    Batch x = new Batch(new float[] {1, 2}, 1, Shape.of(2));
    double[] levels = {600};
    float[] own = read(MIXTURE, x, levels, 2).x0().data();
    float[] plain = read(guided(5), x, levels, 2).x0().data();
    for (double rescale : new double[] {0.5, 1}) {
      Reading reading =
          read(new ClassifierFreeGuidance(5, 0, EVERYWHERE, rescale).guided(MIXTURE), x, levels, 2);
      double ratio = Math.abs(own[0] - own[1]) / Math.abs((double) plain[0] - plain[1]);
      double factor = rescale * ratio + 1 - rescale;
      for (int i = 0; i < 2; i++) {
        double x0 = reading.x0().data()[i];
        assertEquals(factor * plain[i], x0, 1e-5);
        double back = PROCESS.alpha(600) * x0 + PROCESS.sigma(600) * reading.epsilon().data()[i];
        assertEquals(x.data()[i], back, 1e-5);
      }
    }
  }

  /** Solvers do not know of it: an item still depends on its index alone. */
  @Test
  void anItemDependsOnItsIndexOnly() {
    ClassifierFreeGuidance config = new ClassifierFreeGuidance(2, 0.1, 50, 0.5);
    TimeGrid grid = Spacing.LOG_SNR.grid(12, PROCESS);
    for (Solver solver : EverySolverTest.solvers()) {
      Batch four =
          new SeededBatches(solver, grid, 5, 4, Shape.of(2))
              .draw(config.guided(MIXTURE), 2, Condition.labels(0, 1, 2, -1), StepListener.NONE);
      for (int n = 0; n < 4; n++) {
        Batch one =
            new SeededBatches(solver, grid, 5, 1, Shape.of(2))
                .draw(
                    config.guided(MIXTURE),
                    8 + n,
                    Condition.labels(n == 3 ? -1 : n),
                    StepListener.NONE);
        float[] same = Arrays.copyOfRange(four.data(), 2 * n, 2 * n + 2);
        assertArrayEquals(one.data(), same, solver.toString());
      }
    }
  }

  @Test
  void keysAreChecked() {
    assertMessage("guidance.scale must be at least 0, got -1.0", -1, 0, 1, 0);
    assertMessage("need 0 <= guidance.from <= guidance.to, got 2.0, 1.0", 1, 2, 1, 0);
    assertMessage("guidance.rescale must be in [0, 1], got 1.5", 1, 0, 1, 1.5);
  }

  private static void assertMessage(
      String message, double scale, double from, double to, double rescale) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new ClassifierFreeGuidance(scale, from, to, rescale));
    assertEquals(message, e.getMessage());
  }
}
