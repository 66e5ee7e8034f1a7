package io.sparkddpm.bench;

import java.util.Arrays;

/** Our rate over the peer's, turn by turn. */
public final class Ratios {
  private double[] values = {};

  /** Adds a turn's and returns it. */
  public double add(double ours, double theirs) {
    values = Arrays.copyOf(values, values.length + 1);
    values[values.length - 1] = ours / theirs;
    return ours / theirs;
  }

  /** Over all turns; NaN before the first. */
  public double median() {
    if (values.length == 0) {
      return Double.NaN;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
