package io.sparkddpm.schedule;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;

/** β rises linearly; Ho et al. 2020, sec. 4. */
@Variant(value = "linear", description = "β rises linearly (Ho et al. 2020)")
public record LinearSchedule(
    @Key(value = "timesteps T", range = "[1, inf)") int steps,
    @Key(value = "β of the first step", range = "(0, 1)", recordedAs = "beta-start")
        double betaStart,
    @Key(
            value = "β of the last step, at least beta-start",
            range = "(0, 1)",
            recordedAs = "beta-end")
        double betaEnd)
    implements ScheduleConfig {
  /** The paper's. */
  public static final LinearSchedule DEFAULTS = new LinearSchedule(1000, 1e-4, 0.02);

  /** Checks the ranges. */
  public LinearSchedule {
    checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
    checkArgument(
        0 < betaStart && betaStart <= betaEnd && betaEnd < 1,
        "need 0 < beta-start <= beta-end < 1, got %s and %s",
        betaStart,
        betaEnd);
  }

  /** Evenly spaced from the first to the last, both included. */
  @Override
  public double[] betas() {
    double[] betas = new double[steps];
    for (int t = 0; t < steps; t++) {
      betas[t] = steps == 1 ? betaStart : betaStart + (betaEnd - betaStart) * t / (steps - 1);
    }
    return betas;
  }
}
