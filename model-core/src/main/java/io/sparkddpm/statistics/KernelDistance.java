package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.KeyedPermutation;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.Arrays;

/**
 * The Kernel Inception Distance: the unbiased squared maximum mean discrepancy under the kernel
 * k(x, y) = (x·y/D + 1)³ (Bińkowski et al. 2018, eq. 4). It may be negative.
 */
public final class KernelDistance {
  private static final int BLOCK = 1024;

  private KernelDistance() {}

  /**
   * The estimate over two whole sets, summed in double.
   *
   * @param x flat [M, D], M ≥ 2
   * @param y flat [N, D], N ≥ 2
   */
  public static double of(float[] x, float[] y, int dimension) {
    return estimate(
        sum(x, x, dimension, true),
        x.length / dimension,
        sum(y, y, dimension, true),
        y.length / dimension,
        sum(x, y, dimension, false));
  }

  /**
   * The estimate from sums of kernel values.
   *
   * @param withinX over pairs i &lt; j of the first set
   * @param m vectors of the first set, at least 2
   * @param withinY over pairs i &lt; j of the second set
   * @param n vectors of the second set, at least 2
   * @param across over all pairs of one of each
   */
  public static double estimate(double withinX, long m, double withinY, long n, double across) {
    checkArgument(m >= 2 && n >= 2, "both sets need at least 2 vectors, got %d and %d", m, n);
    return 2 * withinX / ((double) m * (m - 1))
        + 2 * withinY / ((double) n * (n - 1))
        - 2 * across / ((double) m * n);
  }

  /**
   * The sum of kernel values over a block of pairs.
   *
   * @param aboveDiagonal whether to take pairs i &lt; j only: the block of a set with itself
   */
  public static double sum(Gram block, int dimension, boolean aboveDiagonal) {
    double total = 0;
    for (int i = 0; i < block.rows(); i++) {
      double row = 0;
      for (int j = aboveDiagonal ? i + 1 : 0; j < block.columns(); j++) {
        double base = block.product(i, j) / dimension + 1;
        row += base * base * base;
      }
      total += row;
    }
    return total;
  }

  /**
   * Which vectors make up a subset: a few of a keyed permutation, without repetition.
   *
   * @param seed of all subsets
   * @param subset which one
   * @param side 0 for the first set, 1 for the second
   * @param size of the subset, at most {@code count}
   * @param count vectors to draw from
   */
  public static long[] subset(long seed, int subset, int side, int size, long count) {
    checkArgument(size <= count, "cannot draw %d of %d vectors", size, count);
    KeyedPermutation order =
        new KeyedPermutation(count, RandomStream.of(seed, Purpose.KID, subset, side).nextLong());
    long[] rows = new long[size];
    for (int i = 0; i < size; i++) {
      rows[i] = order.apply(i);
    }
    Arrays.sort(rows);
    return rows;
  }

  private static double sum(float[] x, float[] y, int dimension, boolean within) {
    int step = BLOCK * dimension;
    double total = 0;
    for (int i = 0; i < x.length; i += step) {
      float[] rows = Arrays.copyOfRange(x, i, Math.min(x.length, i + step));
      for (int j = within ? i : 0; j < y.length; j += step) {
        float[] columns = Arrays.copyOfRange(y, j, Math.min(y.length, j + step));
        total += sum(new Gram(rows, columns, dimension), dimension, within && i == j);
      }
    }
    return total;
  }
}
