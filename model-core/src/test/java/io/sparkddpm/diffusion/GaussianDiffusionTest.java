package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import org.junit.jupiter.api.Test;

class GaussianDiffusionTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.of(ScheduleConfig.DEFAULTS);

  private static GaussianDiffusion diffusion(
      PredictionType prediction, VarianceType variance, boolean clip) {
    return new GaussianDiffusion(SCHEDULE, new DiffusionConfig(prediction, variance, clip));
  }

  /** The variances that diffusers' tests expect of its DDPM scheduler. */
  @Test
  void goldenVariances() {
    GaussianDiffusion d = diffusion(PredictionType.EPSILON, VarianceType.BETA_TILDE, true);
    assertEquals(0.00979, d.pVariance(487), 1e-5);
    assertEquals(0.02, d.pVariance(999), 1e-5);
    assertEquals(0.00979, SCHEDULE.posteriorVariance(487), 1e-5);
    GaussianDiffusion large = diffusion(PredictionType.EPSILON, VarianceType.BETA, true);
    assertEquals(SCHEDULE.beta(487), large.pVariance(487), 1e-16);
    assertEquals(SCHEDULE.posteriorVariance(1), large.pVariance(0), 1e-18);
    assertEquals(SCHEDULE.posteriorVariance(1), d.pVariance(0), 1e-18);
  }

  @Test
  void aPerfectPredictionGivesX0AndEpsilon() {
    RandomStream stream = RandomStream.of(2, Purpose.NOISE);
    for (PredictionType prediction : PredictionType.values()) {
      GaussianDiffusion d = diffusion(prediction, VarianceType.BETA, true);
      for (int t : new int[] {0, 1, 10, 500, 999}) {
        double x0 = 2 * stream.nextDouble() - 1;
        double epsilon = stream.nextGaussian();
        double xt = d.qSample(x0, t, epsilon);
        double output = d.target(x0, xt, epsilon, t);
        Head head = prediction.head();
        double read = head.toX0(d.process(), t).apply(xt, output);
        assertEquals(x0, read, 1e-11, prediction + " t=" + t);
        assertEquals(d.qPosteriorMean(x0, xt, t), d.qPosteriorMean(read, xt, t), 1e-12);
        assertEquals(epsilon, head.toEpsilon(d.process(), t).apply(xt, output), 1e-11);
      }
    }
  }

  @Test
  void batchesDoWhatElementsDo() {
    GaussianDiffusion d = diffusion(PredictionType.V, VarianceType.BETA_TILDE, true);
    int[] t = {0, 700, 999};
    Batch x0 = new Batch(3, 1, 2, 2);
    Batch epsilon = new Batch(3, 1, 2, 2);
    RandomStream.of(1, Purpose.NOISE).fillGaussian(x0.data(), 0, 12);
    RandomStream.of(2, Purpose.NOISE).fillGaussian(epsilon.data(), 0, 12);
    Batch xt = new Batch(3, 1, 2, 2);
    Batch target = new Batch(3, 1, 2, 2);
    d.qSample(x0, t, epsilon, xt);
    d.target(x0, xt, epsilon, t, target);
    for (int i = 0; i < 12; i++) {
      int step = t[i / 4];
      float x = xt.data()[i];
      float e = epsilon.data()[i];
      assertEquals((float) d.qSample(x0.data()[i], step, e), x);
      assertEquals((float) d.target(x0.data()[i], x, e, step), target.data()[i]);
    }
  }

  @Test
  void shapesAreCheckedByName() {
    GaussianDiffusion d = diffusion(PredictionType.EPSILON, VarianceType.BETA, true);
    Batch x0 = new Batch(2, 1, 2, 2);
    Batch other = new Batch(2, 1, 2, 3);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> d.qSample(x0, new int[2], other, x0));
    assertEquals("epsilon must have the shape of [2, 1, 2, 2], got [2, 1, 2, 3]", e.getMessage());
    e = assertThrows(IllegalArgumentException.class, () -> d.qSample(x0, new int[3], x0, x0));
    assertEquals("timesteps must have length 2, got 3", e.getMessage());
  }
}
