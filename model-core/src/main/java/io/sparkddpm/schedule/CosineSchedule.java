package io.sparkddpm.schedule;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;

/** ᾱ follows a squared cosine, β capped at 0.999; Nichol and Dhariwal 2021, eq. 17. */
@Variant(value = "cosine", description = "ᾱ follows a squared cosine (Nichol and Dhariwal 2021)")
public record CosineSchedule(
    @Key(value = "timesteps T", range = "[1, inf)") int steps,
    @Key(
            value =
                "whether the cosine is squared; for diffusion.noise=uniform it is not (Austin et"
                    + " al. 2021)",
            absent = "true")
        boolean squared)
    implements ScheduleConfig {
  /** As many timesteps as the linear one. */
  public static final CosineSchedule DEFAULTS = new CosineSchedule(1000);

  private static final double OFFSET = 0.008; // Nichol and Dhariwal 2021, sec. 3.2
  private static final double LARGEST_BETA = 0.999;

  /** Squared. */
  public CosineSchedule(int steps) {
    this(steps, true);
  }

  /** Checks the range. */
  public CosineSchedule {
    checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
  }

  @Override
  public double[] betas() {
    double[] betas = new double[steps];
    for (int t = 0; t < steps; t++) {
      double ratio = alphaBar((t + 1.0) / steps) / alphaBar((double) t / steps);
      betas[t] = Math.min(1.0 - ratio, LARGEST_BETA);
    }
    return betas;
  }

  private double alphaBar(double time) {
    double cosine = StrictMath.cos((time + OFFSET) / (1.0 + OFFSET) * StrictMath.PI / 2.0);
    return squared ? cosine * cosine : cosine;
  }
}
