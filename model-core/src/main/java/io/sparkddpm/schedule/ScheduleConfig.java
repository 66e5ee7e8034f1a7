package io.sparkddpm.schedule;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import java.io.Serializable;
import java.util.Objects;

/** The noise schedule. */
public record ScheduleConfig(
    @Key("family of β_t") Type type,
    @Key(value = "timesteps T", range = "[1, inf)") int steps,
    @Key(value = "β of the first step (linear only)", range = "(0, 1)") double betaStart,
    @Key(value = "β of the last step (linear only), at least beta-start", range = "(0, 1)")
        double betaEnd)
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
