package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Arrays;

/**
 * Precision and recall of Kynkäänniemi et al. 2019: the share of generated vectors inside the
 * reference's manifold, and the reverse. A manifold is the union of balls around each vector that
 * reach its k-th nearest other one.
 *
 * @param precise generated vectors inside the reference's manifold
 * @param generated number of generated vectors
 * @param recalled reference vectors inside the generated manifold
 * @param reference number of reference vectors
 */
public record PrecisionRecall(int precise, int generated, int recalled, int reference) {

  /** Share of generated vectors inside the reference's manifold. */
  public double precision() {
    return (double) precise / generated;
  }

  /** Share of reference vectors inside the generated manifold. */
  public double recall() {
    return (double) recalled / reference;
  }

  /**
   * Compares two sets; time and distances are O(N²·D).
   *
   * @param reference flat [M, D]
   * @param generated flat [N, D]
   * @param k which neighbour bounds a ball; the paper takes 3
   */
  public static PrecisionRecall of(float[] reference, float[] generated, int dimension, int k) {
    int m = reference.length / dimension;
    int n = generated.length / dimension;
    checkArgument(
        k >= 1 && m > k && n > k, "%d-th neighbours need more vectors than %d and %d", k, m, n);
    int precise = inside(generated, reference, radii(reference, dimension, k), dimension);
    int recalled = inside(reference, generated, radii(generated, dimension, k), dimension);
    return new PrecisionRecall(precise, n, recalled, m);
  }

  /** Squared distance of each vector to its k-th nearest other one. */
  private static double[] radii(float[] x, int dimension, int k) {
    int n = x.length / dimension;
    double[] radii = new double[n];
    double[] distances = new double[n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        distances[j] =
            i == j
                ? Double.NEGATIVE_INFINITY // itself comes first
                : VectorSums.squaredDistance(x, i * dimension, x, j * dimension, dimension);
      }
      Arrays.sort(distances);
      radii[i] = distances[k];
    }
    return radii;
  }

  private static int inside(float[] points, float[] centres, double[] radii, int dimension) {
    int count = 0;
    for (int i = 0; i < points.length / dimension; i++) {
      for (int j = 0; j < radii.length; j++) {
        if (VectorSums.squaredDistance(points, i * dimension, centres, j * dimension, dimension)
            <= radii[j]) {
          count++;
          break;
        }
      }
    }
    return count;
  }
}
