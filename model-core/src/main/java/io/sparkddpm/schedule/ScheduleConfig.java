package io.sparkddpm.schedule;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;
import java.util.Objects;

/**
 * The noise schedule.
 *
 * @param type family of β_t
 * @param steps number of timesteps T, at least 1
 * @param betaStart β of the first step (linear only), in (0, 1)
 * @param betaEnd β of the last step (linear only), in [betaStart, 1)
 */
public record ScheduleConfig(Type type, int steps, double betaStart, double betaEnd)
    implements Serializable {
  /** Family of schedules. */
  public enum Type {
    /** β rises linearly; Ho et al. 2020, sec. 4. */
    LINEAR,
    /** ᾱ follows a squared cosine; Nichol and Dhariwal 2021, eq. 17. */
    COSINE
  }

  /** Ho et al. 2020, sec. 4. */
  public static final ScheduleConfig DEFAULTS = new ScheduleConfig(Type.LINEAR, 1000, 1e-4, 0.02);

  /** Checks the ranges. */
  public ScheduleConfig {
    Objects.requireNonNull(type);
    checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
    checkArgument(
        0 < betaStart && betaStart <= betaEnd && betaEnd < 1,
        "need 0 < beta-start <= beta-end < 1, got %s and %s",
        betaStart,
        betaEnd);
  }
}
