package io.sparkddpm.schedule;

import io.sparkddpm.config.OneOf;
import java.io.Serializable;

/**
 * A family of noise schedules with its settings. A new one is a record that implements this and its
 * name in the list here.
 */
@OneOf({LinearSchedule.class, CosineSchedule.class, MutualInformationSchedule.class})
public interface ScheduleConfig extends Serializable {
  /** Ho et al. 2020, sec. 4. */
  ScheduleConfig DEFAULTS = LinearSchedule.DEFAULTS;

  /** Number of timesteps T, at least 1. */
  int steps();

  /**
   * β_t for each of the T timesteps, the least noisy first; each in (0, 1), the last one at most 1.
   */
  double[] betas();
}
