package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Importance sampling by second moments: draws a timestep with a probability proportional to the
 * root of the mean square of its last losses, mixed with a small uniform share, and weighs it by
 * the inverse; Nichol and Dhariwal 2021, sec. 3.3. Until every timestep has a full history all are
 * as likely.
 */
public final class SecondMomentClock implements Clock {
  private static final long serialVersionUID = 1L;
  private static final int HEADER = 2 * Integer.BYTES;

  private final int history;
  private final double uniformShare;
  private final int[] counts;

  /** Those of a timestep are consecutive, the oldest first. */
  private final double[] losses;

  private final double[] probabilities;

  /** Sums of the probabilities up to each timestep, itself included. */
  private final double[] ends;

  /**
   * Nothing seen.
   *
   * @param steps T, at least 1
   * @param history losses kept of each timestep, at least 1
   * @param uniformShare of the draws, in (0, 1]
   */
  public SecondMomentClock(int steps, int history, double uniformShare) {
    this(history, uniformShare, new int[steps], new double[Math.multiplyExact(steps, history)]);
  }

  private SecondMomentClock(int history, double uniformShare, int[] counts, double[] losses) {
    checkArgument(counts.length >= 1, "steps must be at least 1, got %s", counts.length);
    checkArgument(history >= 1, "history must be at least 1, got %s", history);
    checkArgument(
        uniformShare > 0 && uniformShare <= 1,
        "uniform-share must be in (0, 1], got %s",
        uniformShare);
    this.history = history;
    this.uniformShare = uniformShare;
    this.counts = counts;
    this.losses = losses;
    this.probabilities = probabilities();
    this.ends = probabilities.clone();
    for (int t = 1; t < ends.length; t++) {
      ends[t] += ends[t - 1];
    }
  }

  private double[] probabilities() {
    int steps = counts.length;
    double[] roots = new double[steps];
    double total = 0;
    for (int t = 0; t < steps; t++) {
      roots[t] = root(t);
      total += roots[t];
    }
    if (total == 0 || Arrays.stream(counts).anyMatch(count -> count < history)) {
      Arrays.fill(roots, 1.0 / steps);
      return roots;
    }
    for (int t = 0; t < steps; t++) {
      roots[t] = roots[t] / total * (1 - uniformShare) + uniformShare / steps;
    }
    return roots;
  }

  private double root(int t) {
    double sum = 0;
    for (int i = t * history; i < (t + 1) * history; i++) {
      sum += losses[i] * losses[i];
    }
    return Math.sqrt(sum / history);
  }

  /** How likely a timestep is drawn. */
  public double probability(int t) {
    return probabilities[t];
  }

  @Override
  public double level(ExampleKey example) {
    int found = Arrays.binarySearch(ends, example.stream().nextDouble());
    return Math.min(ends.length - 1, found < 0 ? -found - 1 : found + 1);
  }

  @Override
  public double weight(double level) {
    return 1 / (probabilities.length * probabilities[(int) level]);
  }

  @Override
  public boolean observes() {
    return true;
  }

  @Override
  public Clock fold(TimedLosses seen) {
    int[] nextCounts = counts.clone();
    double[] next = losses.clone();
    for (int i = 0; i < seen.count(); i++) {
      int t = (int) seen.levels()[i];
      int first = t * history;
      if (nextCounts[t] == history) {
        System.arraycopy(next, first + 1, next, first, history - 1);
        nextCounts[t]--;
      }
      next[first + nextCounts[t]++] = seen.losses()[i];
    }
    return new SecondMomentClock(history, uniformShare, nextCounts, next);
  }

  /** T and the history's length, then the counts, then the losses. */
  @Override
  public byte[] save() {
    ByteBuffer bytes = ByteBuffer.allocate(savedBytes());
    bytes.putInt(counts.length).putInt(history);
    Arrays.stream(counts).forEach(bytes::putInt);
    Arrays.stream(losses).forEach(bytes::putDouble);
    return bytes.array();
  }

  private int savedBytes() {
    return HEADER + counts.length * Integer.BYTES + losses.length * Double.BYTES;
  }

  @Override
  public Clock restore(byte[] state) {
    ByteBuffer bytes = ByteBuffer.wrap(state);
    boolean fits =
        state.length == savedBytes()
            && bytes.getInt() == counts.length
            && bytes.getInt() == history;
    checkArgument(
        fits,
        "expected a state of %s bytes for %s timesteps with %s losses each, found one of %s bytes",
        savedBytes(),
        counts.length,
        history,
        state.length);
    int[] savedCounts = new int[counts.length];
    for (int t = 0; t < savedCounts.length; t++) {
      savedCounts[t] = bytes.getInt();
      checkArgument(
          savedCounts[t] >= 0 && savedCounts[t] <= history,
          "timestep %s has %s losses, at most %s are kept",
          t,
          savedCounts[t],
          history);
    }
    double[] saved = new double[losses.length];
    bytes.asDoubleBuffer().get(saved);
    return new SecondMomentClock(history, uniformShare, savedCounts, saved);
  }
}
