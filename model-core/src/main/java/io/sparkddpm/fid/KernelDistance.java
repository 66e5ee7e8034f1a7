package io.sparkddpm.fid;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * The Kernel Inception Distance: the unbiased squared maximum mean discrepancy under the kernel
 * k(x, y) = (x·y/D + 1)³ (Bińkowski et al. 2018, eq. 4). It may be negative.
 */
public final class KernelDistance {
  private KernelDistance() {}

  /**
   * The estimate over two whole sets, summed in double.
   *
   * @param x flat [M, D], M ≥ 2
   * @param y flat [N, D], N ≥ 2
   */
  public static double of(float[] x, float[] y, int dimension) {
    int m = x.length / dimension;
    int n = y.length / dimension;
    checkArgument(m >= 2 && n >= 2, "both sets need at least 2 vectors, got %d and %d", m, n);
    double within = 2 * sum(x, x, dimension, true) / ((double) m * (m - 1));
    double other = 2 * sum(y, y, dimension, true) / ((double) n * (n - 1));
    double across = sum(x, y, dimension, false) / ((double) m * n);
    return within + other - 2 * across;
  }

  private static double sum(float[] x, float[] y, int dimension, boolean belowDiagonal) {
    double total = 0;
    for (int i = 0; i < x.length / dimension; i++) {
      int end = belowDiagonal ? i : y.length / dimension;
      double row = 0;
      for (int j = 0; j < end; j++) {
        double base = Vectors.dot(x, i * dimension, y, j * dimension, dimension) / dimension + 1;
        row += base * base * base;
      }
      total += row;
    }
    return total;
  }
}
