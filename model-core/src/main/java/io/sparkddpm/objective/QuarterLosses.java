package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;
import java.util.Objects;

/**
 * Mean losses, and errors of ε in items' means, by quarter of the timesteps: [0, T/4), [T/4, T/2),
 * [T/2, 3T/4), [3T/4, T). Means are weighted by how the timesteps were drawn, so that they are
 * comparable between clocks. Sums are in double; merged in a fixed order they have fixed bits. One
 * thread at a time.
 */
public final class QuarterLosses implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Number of parts. */
  public static final int PARTS = 4;

  private final int steps;
  private final double[] sums = new double[PARTS];
  private final double[] meanErrorSums = new double[PARTS];
  private final double[] weights = new double[PARTS];

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
   * @param meanError error of ε in its mean, see {@link ItemLosses#meanError}
   * @param weight how likely t is by how likely it was drawn; 1 where all are as likely
   */
  public void add(int t, double loss, double meanError, double weight) {
    int quarter = (int) ((long) Objects.checkIndex(t, steps) * PARTS / steps);
    sums[quarter] += weight * loss;
    meanErrorSums[quarter] += weight * meanError;
    weights[quarter] += weight;
  }

  /** Counts in all that {@code other} has seen. */
  public void merge(QuarterLosses other) {
    checkArgument(
        other.steps == steps, "losses over %s and %s timesteps do not merge", steps, other.steps);
    for (int q = 0; q < PARTS; q++) {
      sums[q] += other.sums[q];
      meanErrorSums[q] += other.meanErrorSums[q];
      weights[q] += other.weights[q];
    }
  }

  /** Nothing seen yet, over the same timesteps. */
  public QuarterLosses empty() {
    return new QuarterLosses(steps);
  }

  /**
   * Restores saved sums.
   *
   * @param steps T
   * @param sums by quarter, see {@link #sum}
   * @param meanErrorSums by quarter, see {@link #meanErrorSum}
   * @param weights by quarter, see {@link #weight}
   */
  public static QuarterLosses of(
      int steps, double[] sums, double[] meanErrorSums, double[] weights) {
    checkArgument(
        sums.length == PARTS && meanErrorSums.length == PARTS && weights.length == PARTS,
        "need %s quarters",
        PARTS);
    QuarterLosses losses = new QuarterLosses(steps);
    System.arraycopy(sums, 0, losses.sums, 0, PARTS);
    System.arraycopy(meanErrorSums, 0, losses.meanErrorSums, 0, PARTS);
    System.arraycopy(weights, 0, losses.weights, 0, PARTS);
    return losses;
  }

  /** Sum of the losses, times their weights, in a quarter, 0 to 3. */
  public double sum(int quarter) {
    return sums[quarter];
  }

  /** Sum of the errors of means, times their weights, in a quarter, 0 to 3. */
  public double meanErrorSum(int quarter) {
    return meanErrorSums[quarter];
  }

  /** Sum of the weights in a quarter, 0 to 3: the number of examples where each weighs 1. */
  public double weight(int quarter) {
    return weights[quarter];
  }

  /** Mean loss of a quarter, 0 to 3; NaN where it has no example. */
  public double mean(int quarter) {
    return weights[quarter] == 0 ? Double.NaN : sums[quarter] / weights[quarter];
  }

  /** Mean error of ε in the items' means of a quarter, 0 to 3; NaN where it has no example. */
  public double meanError(int quarter) {
    return weights[quarter] == 0 ? Double.NaN : meanErrorSums[quarter] / weights[quarter];
  }
}
