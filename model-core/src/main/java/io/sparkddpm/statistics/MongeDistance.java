package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.Arrays;

/**
 * The Monge Inception Distance (Berthet et al. 2026, arXiv 2605.06797): α times the mean over
 * random directions of the squared Wasserstein distance of the features' projections, which sorting
 * gives exactly, with α = 3·D. For a Gaussian that is shifted by μ in every dimension it is 3·D·μ².
 */
public final class MongeDistance {
  private MongeDistance() {}

  /**
   * Directions, uniform on the sphere, each from a stream of its own.
   *
   * @param seed of all directions
   * @param first which one to begin with, from 0
   * @return flat [count, D], of length 1 each
   */
  public static double[] directions(long seed, int first, int count, int dimension) {
    double[] all = new double[Math.multiplyExact(count, dimension)];
    for (int k = 0; k < count; k++) {
      RandomStream random = RandomStream.of(seed, Purpose.MIND, first + k);
      double square = 0;
      for (int i = 0; i < dimension; i++) {
        double value = random.nextGaussian();
        all[k * dimension + i] = value;
        square += value * value;
      }
      for (int i = 0; i < dimension; i++) {
        all[k * dimension + i] /= Math.sqrt(square);
      }
    }
    return all;
  }

  /**
   * Vectors along directions.
   *
   * @param rows flat, [N, D] or more
   * @param count N
   * @param directions flat [K, D]
   * @return flat [K, N]
   */
  public static double[] project(float[] rows, int count, double[] directions, int dimension) {
    double[] wide = new double[count * dimension];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = rows[i];
    }
    return Lapack.multiplyByTranspose(
        directions, wide, directions.length / dimension, dimension, count);
  }

  /**
   * The squared Wasserstein distance of two sets of numbers, of any sizes: the integral over u of
   * the squared difference of their quantiles.
   *
   * @param x at least one number; sorted by this
   * @param y likewise
   */
  public static double squaredWasserstein(double[] x, double[] y) {
    checkArgument(x.length > 0 && y.length > 0, "a distance needs numbers on both sides");
    Arrays.sort(x);
    Arrays.sort(y);
    double sum = 0;
    int i = 0;
    int j = 0;
    long at = 0; // in parts of 1/(M·N)
    while (i < x.length) {
      long next = Math.min((i + 1L) * y.length, (j + 1L) * x.length);
      double difference = x[i] - y[j];
      sum += (next - at) * difference * difference;
      i += next == (i + 1L) * y.length ? 1 : 0;
      j += next == (j + 1L) * x.length ? 1 : 0;
      at = next;
    }
    return sum / ((double) x.length * y.length);
  }

  /** α. */
  public static double scale(int dimension) {
    return 3.0 * dimension;
  }
}
