package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import org.junit.jupiter.api.Test;

class LossTest {
  @Test
  void quartersHoldWhatFallsIntoThem() {
    QuarterLosses losses = new QuarterLosses(1000);
    losses.add(0, 1);
    losses.add(249, 3);
    losses.add(250, 5);
    losses.add(999, 7);
    QuarterLosses more = new QuarterLosses(1000);
    more.add(998, 9);
    losses.merge(more);
    losses.merge(new QuarterLosses(1000));
    assertEquals(2, losses.mean(0));
    assertEquals(5, losses.mean(1));
    assertTrue(Double.isNaN(losses.mean(2)));
    assertEquals(8, losses.mean(3));
    assertEquals(2, losses.count(3));
    assertEquals(
        "losses over 1000 and 10 timesteps do not merge",
        assertThrows(IllegalArgumentException.class, () -> losses.merge(new QuarterLosses(10)))
            .getMessage());
  }

  @Test
  void fewTimestepsStillHaveQuarters() {
    for (int steps = 1; steps < 10; steps++) {
      QuarterLosses losses = new QuarterLosses(steps);
      for (int t = 0; t < steps; t++) {
        losses.add(t, t);
      }
      long count = 0;
      for (int q = 0; q < QuarterLosses.PARTS; q++) {
        count += losses.count(q);
      }
      assertEquals(steps, count);
    }
  }

  @Test
  void timestepsAreUniform() {
    Clock clock = new UniformClock(10);
    int[] counts = new int[10];
    for (int id = 0; id < 10_000; id++) {
      counts[(int) clock.level(RandomStream.of(1, Purpose.TIMESTEP, 0, id))]++;
    }
    double chi = 0;
    for (int count : counts) {
      chi += Math.pow(count - 1000, 2) / 1000;
    }
    assertTrue(chi < 27.9, "chi-square " + chi + " at 9 degrees of freedom"); // p = 0.001
  }

  @Test
  void weights() {
    NoiseSchedule schedule = NoiseSchedule.of(ScheduleConfig.DEFAULTS);
    GaussianDiffusion diffusion = new GaussianDiffusion(schedule, DiffusionConfig.DEFAULTS);
    assertEquals(1, LossWeighting.SIMPLE.weight(999));
    assertEquals(0.272692084, new BoundWeighting(diffusion).weight(1), 1e-8);
    GaussianDiffusion v =
        new GaussianDiffusion(
            schedule, new DiffusionConfig(PredictionType.V, VarianceType.BETA, true));
    assertEquals(
        "the weights of the variational bound are for epsilon predictions, got V",
        assertThrows(IllegalArgumentException.class, () -> new BoundWeighting(v)).getMessage());
  }
}
