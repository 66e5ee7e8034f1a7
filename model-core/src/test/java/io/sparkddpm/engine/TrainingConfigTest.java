package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.ObjectiveConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingConfigTest {
  private static TrainingConfig config(int batch, long steps, int workers, AveragingPeriod period) {
    return new TrainingConfig(
        batch,
        steps,
        workers,
        new AveragingConfig.Parameters(period),
        new EmaConfig.Constant(List.of(0.99)),
        true,
        10,
        2,
        0,
        4,
        1,
        new ConstantWeighting(),
        new ClockConfig.Uniform(),
        ObjectiveConfig.DEFAULTS);
  }

  @Test
  void sharesCoverTheBatchOnce() {
    for (int batch = 1; batch <= 20; batch++) {
      for (int workers = 1; workers <= 24; workers++) {
        TrainingConfig config = config(batch, 0, workers, AveragingPeriod.Constant.DEFAULTS);
        int next = 0;
        for (int w = 0; w < workers; w++) {
          assertEquals(next, config.shareStart(w));
          int size = config.shareSize(w);
          assertTrue(size == batch / workers || size == batch / workers + 1);
          next += size;
        }
        assertEquals(batch, next);
      }
    }
  }

  @Test
  void refusesStepsThatEndWithinARound() {
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> config(8, 10, 2, new AveragingPeriod.Constant(4)));
    assertEquals("steps must end with an averaging: take 8 or 12, got 10", e.getMessage());
    e =
        assertThrows(
            IllegalArgumentException.class,
            () -> config(8, 10, 2, new AveragingPeriod.PostLocal(5, 3)));
    assertEquals("steps must end with an averaging: take 8 or 11, got 10", e.getMessage());
    assertEquals(5, config(8, 5, 2, new AveragingPeriod.PostLocal(5, 3)).steps());
  }
}
