package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * The line of least squares through points.
 *
 * @param intercept its value at 0
 * @param slope of the line
 */
public record LinearFit(double intercept, double slope) {
  /**
   * Fits a line.
   *
   * @param x not all equal
   * @param y a value for each
   */
  public static LinearFit of(double[] x, double[] y) {
    checkArgument(
        x.length == y.length && x.length >= 2,
        "a line needs 2 points, got %s and %s",
        x.length,
        y.length);
    double meanX = mean(x);
    double meanY = mean(y);
    double covariance = 0;
    double variance = 0;
    for (int i = 0; i < x.length; i++) {
      covariance += (x[i] - meanX) * (y[i] - meanY);
      variance += (x[i] - meanX) * (x[i] - meanX);
    }
    checkArgument(variance > 0, "a line needs points of different x");
    double slope = covariance / variance;
    return new LinearFit(meanY - slope * meanX, slope);
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }
}
