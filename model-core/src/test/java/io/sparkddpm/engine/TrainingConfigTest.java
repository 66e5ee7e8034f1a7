package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.ConstantWeighting;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingConfigTest {
  private static TrainingConfig config(
      int batch, long steps, int workers, int every, AveragingMode mode) {
    return new TrainingConfig(
        batch,
        steps,
        workers,
        every,
        mode,
        List.of(0.99),
        EmaSchedule.CONSTANT,
        true,
        10,
        2,
        0,
        4,
        1,
        new ConstantWeighting(),
        new ClockConfig.Uniform());
  }

  @Test
  void sharesCoverTheBatchOnce() {
    for (int batch = 1; batch <= 20; batch++) {
      for (int workers = 1; workers <= 24; workers++) {
        TrainingConfig config = config(batch, 0, workers, 1, AveragingMode.PARAMETERS);
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
            IllegalArgumentException.class, () -> config(8, 10, 2, 4, AveragingMode.PARAMETERS));
    assertEquals("steps must be a multiple of averaging-frequency (4), got 10", e.getMessage());
  }

  @Test
  void refusesGradientsOverSeveralSteps() {
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> config(8, 8, 2, 4, AveragingMode.GRADIENTS));
    assertEquals("averaging gradients needs averaging-frequency 1, got 4", e.getMessage());
  }
}
