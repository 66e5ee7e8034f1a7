package io.sparkddpm.spark.training.job;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.schedule.CosineSchedule;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StartChecksTest {
  @Test
  void aScheduleThatLeavesTheImageIsToldOf() {
    for (ScheduleConfig good :
        List.of(
            LinearSchedule.DEFAULTS,
            new LinearSchedule(200, 1e-4, 0.02, true),
            new LinearSchedule(100, 1e-3, 0.2),
            new CosineSchedule(10))) {
      assertEquals(Optional.empty(), StartChecks.imageLeft(good), good.toString());
    }
    assertEquals(
        "schedule: √ᾱ is 0.364 at the last of 200 timesteps, but samples begin with noise alone:"
            + " their overall brightness will be wrong; set schedule.rescale=true, a larger"
            + " schedule.beta-end or schedule.type=cosine",
        StartChecks.imageLeft(new LinearSchedule(200, 1e-4, 0.02)).orElseThrow());
  }
}
