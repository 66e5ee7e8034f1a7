package io.sparkddpm.schedule;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;

/**
 * β_t = 1/(T − t), so that ᾱ falls evenly to 0: of masked tokens each step takes an equal share of
 * the information; Austin et al. 2021, sec. 3.1, where T − t + 1 counts t from 1.
 */
@Variant(
    value = "mutual-information",
    description = "ᾱ falls evenly to 0, for tokens (Austin et al. 2021)")
public record MutualInformationSchedule(@Key(value = "timesteps T", range = "[1, inf)") int steps)
    implements ScheduleConfig {
  /** As many timesteps as the others. */
  public static final MutualInformationSchedule DEFAULTS = new MutualInformationSchedule(1000);

  /** Checks the range. */
  public MutualInformationSchedule {
    checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
  }

  @Override
  public double[] betas() {
    double[] betas = new double[steps];
    for (int t = 0; t < steps; t++) {
      betas[t] = 1.0 / (steps - t);
    }
    return betas;
  }
}
