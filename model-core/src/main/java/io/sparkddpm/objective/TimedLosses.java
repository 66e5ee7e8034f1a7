package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * At which levels the items of a step were drawn and what each one's loss was, for a {@link Clock}
 * that learns from it. Immutable by agreement.
 *
 * @param levels zero-based timesteps, which need not be whole
 * @param losses of the same items, without their weights in the batch
 */
public record TimedLosses(double[] levels, double[] losses) implements Serializable {
  /** Nothing seen. */
  public static final TimedLosses NONE = new TimedLosses(new double[0], new double[0]);

  /** Checks the lengths. */
  public TimedLosses {
    checkArgument(
        levels.length == losses.length, "%s levels with %s losses", levels.length, losses.length);
  }

  /** Number of items. */
  public int count() {
    return levels.length;
  }

  /** All of them, one after the other. */
  public static TimedLosses join(List<TimedLosses> parts) {
    return new TimedLosses(
        parts.stream().flatMapToDouble(p -> Arrays.stream(p.levels)).toArray(),
        parts.stream().flatMapToDouble(p -> Arrays.stream(p.losses)).toArray());
  }
}
