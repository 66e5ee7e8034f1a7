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
        double betaEnd,
    @Key(
            value =
                "whether β is multiplied by 1000/steps, so that x_T is as noisy with any number of"
                    + " steps as with 1000 (Nichol and Dhariwal 2021, their code)",
            absent = "false")
        boolean rescale)
    implements ScheduleConfig {
  /** The paper's. */
  public static final LinearSchedule DEFAULTS = new LinearSchedule(1000, 1e-4, 0.02);

  /** Number of timesteps that the paper's β are for. */
  private static final double PAPER_STEPS = 1000;

  /** With β as given. */
  public LinearSchedule(int steps, double betaStart, double betaEnd) {
    this(steps, betaStart, betaEnd, false);
  }

  /** Checks the ranges. */
  public LinearSchedule {
    checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
    checkArgument(
        0 < betaStart && betaStart <= betaEnd && betaEnd < 1,
        "need 0 < beta-start <= beta-end < 1, got %s and %s",
        betaStart,
        betaEnd);
    checkArgument(
        !rescale || PAPER_STEPS / steps * betaEnd < 1,
        "rescaled to %s steps beta-end becomes %s, it must stay below 1: take at least %s steps",
        steps,
        PAPER_STEPS / steps * betaEnd,
        (int) (PAPER_STEPS * betaEnd) + 1);
  }

  /** β of the first step, rescaled where it is asked for. */
  public double firstBeta() {
    return scale() * betaStart;
  }

  /** β of the last step, rescaled where it is asked for. */
  public double lastBeta() {
    return scale() * betaEnd;
  }

  private double scale() {
    return rescale ? PAPER_STEPS / steps : 1;
  }

  /** Evenly spaced from the first to the last, both included. */
  @Override
  public double[] betas() {
    double first = firstBeta();
    double last = lastBeta();
    double[] betas = new double[steps];
    for (int t = 0; t < steps; t++) {
      betas[t] = steps == 1 ? first : first + (last - first) * t / (steps - 1);
    }
    return betas;
  }
}
