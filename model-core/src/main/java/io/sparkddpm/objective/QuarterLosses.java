package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;
import java.util.Objects;

/**
 * Mean losses by quarter of the timesteps: [0, T/4), [T/4, T/2), [T/2, 3T/4), [3T/4, T). Sums are
 * in double; merged in a fixed order they have fixed bits. One thread at a time.
 */
public final class QuarterLosses implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Number of parts. */
  public static final int PARTS = 4;

  private final int steps;
  private final double[] sums = new double[PARTS];
  private final long[] counts = new long[PARTS];

  /**
   * Nothing seen yet.
   *
   * @param steps T
   */
  public QuarterLosses(int steps) {
    checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
    this.steps = steps;
  }

  /**
   * Counts an example in.
   *
   * @param t its zero-based timestep
   */
  public void add(int t, double loss) {
    int quarter = (int) ((long) Objects.checkIndex(t, steps) * PARTS / steps);
    sums[quarter] += loss;
    counts[quarter]++;
  }

  /** Counts in all that {@code other} has seen. */
  public void merge(QuarterLosses other) {
    checkArgument(
        other.steps == steps, "losses over %s and %s timesteps do not merge", steps, other.steps);
    for (int q = 0; q < PARTS; q++) {
      sums[q] += other.sums[q];
      counts[q] += other.counts[q];
    }
  }

  /** Nothing seen yet, over the same timesteps. */
  public QuarterLosses empty() {
    return new QuarterLosses(steps);
  }

  /**
   * With sums as they once were.
   *
   * @param steps T
   * @param sums by quarter, see {@link #sum}
   * @param counts by quarter, see {@link #count}
   */
  public static QuarterLosses of(int steps, double[] sums, long[] counts) {
    checkArgument(sums.length == PARTS && counts.length == PARTS, "need %s quarters", PARTS);
    QuarterLosses losses = new QuarterLosses(steps);
    System.arraycopy(sums, 0, losses.sums, 0, PARTS);
    System.arraycopy(counts, 0, losses.counts, 0, PARTS);
    return losses;
  }

  /** Sum of the losses in a quarter, 0 to 3. */
  public double sum(int quarter) {
    return sums[quarter];
  }

  /** Examples in a quarter, 0 to 3. */
  public long count(int quarter) {
    return counts[quarter];
  }

  /** Mean loss of a quarter, 0 to 3; NaN where it has no example. */
  public double mean(int quarter) {
    return counts[quarter] == 0 ? Double.NaN : sums[quarter] / counts[quarter];
  }
}
