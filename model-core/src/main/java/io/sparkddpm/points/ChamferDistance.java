package io.sparkddpm.points;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/**
 * The Chamfer distance of two sets: the mean over the points of each of the squared distance to the
 * nearest point of the other, both means added; Fan et al. 2017 (arXiv:1612.00603), eq. 1, with
 * means in place of sums as in Yang et al. 2019 (arXiv:1906.12320).
 */
public final class ChamferDistance {
  private ChamferDistance() {}

  /**
   * Of two items.
   *
   * @param a items [3, 1, N]
   * @param b items [3, 1, M]
   */
  public static double between(Batch a, int i, Batch b, int j) {
    checkArgument(
        a.channels() == PointSet.AXES && b.channels() == PointSet.AXES,
        "points have three channels, got %s and %s",
        a,
        b);
    int n = a.itemLength() / PointSet.AXES;
    int m = b.itemLength() / PointSet.AXES;
    double[] nearestOfB = new double[m];
    Arrays.fill(nearestOfB, Double.POSITIVE_INFINITY);
    double sum = 0;
    float[] from = a.data();
    float[] to = b.data();
    int fromAt = a.offset(i);
    int toAt = b.offset(j);
    for (int p = 0; p < n; p++) {
      double x = from[fromAt + p];
      double y = from[fromAt + n + p];
      double z = from[fromAt + 2 * n + p];
      double nearest = Double.POSITIVE_INFINITY;
      for (int q = 0; q < m; q++) {
        double dx = x - to[toAt + q];
        double dy = y - to[toAt + m + q];
        double dz = z - to[toAt + 2 * m + q];
        double squared = dx * dx + dy * dy + dz * dz;
        nearest = squared < nearest ? squared : nearest;
        nearestOfB[q] = squared < nearestOfB[q] ? squared : nearestOfB[q];
      }
      sum += nearest / n;
    }
    for (double nearest : nearestOfB) {
      sum += nearest / m;
    }
    return sum;
  }
}
