package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/** Arithmetic on arrays that several experiments need. */
final class Numbers {
  private static final long SEED = 2020;

  private Numbers() {}

  /** Random numbers of an experiment, by its number of the stream. */
  static RandomStream stream(long... index) {
    return RandomStream.of(SEED, Purpose.TOY, index);
  }

  /** {@code count} values from {@code from} to {@code to}, both included, evenly. */
  static double[] range(double from, double to, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = from + (to - from) * i / (count - 1);
    }
    return values;
  }

  /** The values of a function. */
  static double[] map(double[] x, DoubleUnaryOperator f) {
    return Arrays.stream(x).map(f).toArray();
  }

  static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  static double variance(double[] values) {
    double mean = mean(values);
    return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
  }

  /** Of the line through (x, y) of least squares. */
  static double slope(double[] x, double[] y) {
    double mx = mean(x);
    double my = mean(y);
    double xy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += (x[i] - mx) * (y[i] - my) / x.length;
    }
    return xy / variance(x);
  }

  /** The first columns of a table, as rows. */
  static double[][] columns(double[][] rows, int count) {
    double[][] columns = new double[count][rows.length];
    for (int n = 0; n < count; n++) {
      for (int i = 0; i < rows.length; i++) {
        columns[n][i] = rows[i][n];
      }
    }
    return columns;
  }

  /** Every n-th value, so that about {@code count} are left. */
  static double[] thin(double[] values, int count) {
    int stride = Math.max(1, values.length / count);
    double[] some = new double[(values.length + stride - 1) / stride];
    for (int i = 0; i < some.length; i++) {
      some[i] = values[i * stride];
    }
    return some;
  }

  /**
   * The largest distance of the distribution function of a sample from a given one: Kolmogorov and
   * Smirnov's, below 1.63/√n for 99 of 100 samples that follow it.
   */
  static double distance(double[] sample, DoubleUnaryOperator distribution) {
    double[] sorted = sample.clone();
    Arrays.sort(sorted);
    double most = 0;
    for (int i = 0; i < sorted.length; i++) {
      double f = distribution.applyAsDouble(sorted[i]);
      double below = Math.abs(f - (double) i / sorted.length);
      double above = Math.abs(f - (i + 1.0) / sorted.length);
      most = Math.max(most, Math.max(below, above));
    }
    return most;
  }

  /** The integral of values at even places, by the trapezoidal rule. */
  static double integral(double[] x, double[] y) {
    double sum = 0;
    for (int i = 1; i < x.length; i++) {
      sum += 0.5 * (y[i] + y[i - 1]) * (x[i] - x[i - 1]);
    }
    return sum;
  }
}
