package io.sparkddpm.schedule;

import java.util.List;

/** Both families, for tests. */
public final class Schedules {
  private Schedules() {}

  /** With T timesteps and the papers' other settings. */
  public static List<ScheduleConfig> of(int steps) {
    return List.of(new LinearSchedule(steps, 1e-4, 0.02), new CosineSchedule(steps));
  }

  /** Both with 1,000 timesteps. */
  public static List<ScheduleConfig> all() {
    return of(1000);
  }
}
