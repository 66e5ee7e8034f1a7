package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import java.math.BigDecimal;
import java.util.Objects;
import java.util.function.LongToDoubleFunction;

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
  private final String name;
  private final LongToDoubleFunction rateAt;
  private final float[] values;

  /**
   * @param name under which it is kept and asked for
   * @param rateAt d in the update that follows a step, zero-based; in [0, 1]
   * @param values the average so far (at the start, the initial weights); kept and changed, not
   *     copied
   */
  public Ema(String name, LongToDoubleFunction rateAt, float[] values) {
    this.name = Objects.requireNonNull(name);
    this.rateAt = Objects.requireNonNull(rateAt);
    this.values = Objects.requireNonNull(values);
  }

  /** The name of an average of a rate, such as {@code ema-0.9999}. */
  public static String name(double rate) {
    return "ema-" + BigDecimal.valueOf(rate).stripTrailingZeros().toPlainString();
  }

  /** The name under which it is kept and asked for. */
  public String name() {
    return name;
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
      product *= rateAt.applyAsDouble(firstStep + i);
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
