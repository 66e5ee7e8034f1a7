package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import java.math.BigDecimal;
import java.util.Objects;

/**
 * An exponential moving average of the weights: {@code e ← d·e + (1−d)·θ} after each step, d being
 * the rate (Ho et al. 2020, app. B: 0.9999).
 *
 * <p>Where the parameters are known only every τ steps (a round of parameter averaging), one update
 * stands for τ of them with the same θ: {@code e ← D·e + (1−D)·θ} with D the product of the τ
 * rates, d^τ for a constant one. Each value is computed in double and kept as float32, so that what
 * a checkpoint holds is all there is to the average.
 *
 * <p>Not thread-safe.
 */
public final class Ema {
  private final double rate;
  private final EmaSchedule schedule;
  private final float[] values;

  /**
   * @param rate d, in [0, 1)
   * @param values the average so far (at the start, the initial weights); kept and changed, not
   *     copied
   */
  public Ema(double rate, EmaSchedule schedule, float[] values) {
    checkArgument(rate >= 0 && rate < 1, "an EMA's rate must be in [0, 1), got %s", rate);
    this.rate = rate;
    this.schedule = Objects.requireNonNull(schedule);
    this.values = Objects.requireNonNull(values);
  }

  /** The name under which such an average is kept and asked for, such as {@code ema-0.9999}. */
  public static String name(double rate) {
    return "ema-" + BigDecimal.valueOf(rate).stripTrailingZeros().toPlainString();
  }

  /** {@link #name(double)} of this one. */
  public String name() {
    return name(rate);
  }

  /** The rate of the configuration. */
  public double rate() {
    return rate;
  }

  /** The average itself, flat; changed by {@link #update}. */
  public float[] values() {
    return values;
  }

  /**
   * Weight of the old average after a round.
   *
   * @param firstStep zero-based first step of the round
   * @param steps number of steps in it, at least 1
   */
  public double roundRate(long firstStep, int steps) {
    checkArgument(
        firstStep >= 0 && steps >= 1, "no round of %s steps from step %s", steps, firstStep);
    double product = 1;
    for (int i = 0; i < steps; i++) {
      product *= schedule.rateAt(rate, firstStep + i);
    }
    return product;
  }

  /**
   * Takes in the parameters as they are after a round.
   *
   * @param parameters θ after the last step of the round, flat
   * @param firstStep zero-based first step of the round
   * @param steps number of steps in it
   */
  public void update(float[] parameters, long firstStep, int steps) {
    checkArgument(
        parameters.length == values.length,
        "the average is over %s parameters, got %s",
        values.length,
        parameters.length);
    double keep = roundRate(firstStep, steps);
    double take = 1 - keep;
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (keep * values[i] + take * parameters[i]);
    }
  }
}
