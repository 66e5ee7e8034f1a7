package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;

/**
 * The Fréchet distance of two Gaussians, d² = |μ₁−μ₂|² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁Σ₂)^½ (Dowson and
 * Landau 1982), from the symmetric eigendecompositions of both covariances.
 *
 * <p>With Σ = VΛVᵀ, tr (Σ₁Σ₂)^½ is the sum of the singular values of Λ₁^½V₁ᵀV₂Λ₂^½. No matrix is
 * squared, and directions in which a covariance is zero to rounding are left out, so that the
 * result is right for singular and identical covariances too, without an epsilon on the diagonal.
 *
 * @param distance d², never negative
 * @param meanTerm |μ₁−μ₂|²
 * @param trace1 tr Σ₁
 * @param trace2 tr Σ₂
 * @param traceRoot tr (Σ₁Σ₂)^½
 * @param rank1 numerical rank of Σ₁
 * @param rank2 numerical rank of Σ₂
 */
public record FrechetDistance(
    double distance,
    double meanTerm,
    double trace1,
    double trace2,
    double traceRoot,
    int rank1,
    int rank2) {

  /**
   * The distance between the Gaussians of two sets.
   *
   * @throws IllegalArgumentException if their dimensions differ or one holds fewer than 2 vectors
   * @throws IllegalStateException if LAPACK's results fail their checks
   */
  public static FrechetDistance between(FeatureStatistics first, FeatureStatistics second) {
    return between(Gaussian.of(first), Gaussian.of(second));
  }

  /**
   * The distance between two Gaussians.
   *
   * @param mean1 [D]
   * @param covariance1 [D, D], symmetric and positive semidefinite to rounding
   */
  public static FrechetDistance between(
      double[] mean1, double[] covariance1, double[] mean2, double[] covariance2) {
    return between(new Gaussian(mean1, covariance1), new Gaussian(mean2, covariance2));
  }

  /** The distance between two Gaussians, each of which may be used again. */
  public static FrechetDistance between(Gaussian first, Gaussian second) {
    int d = first.mean.length;
    checkArgument(
        second.mean.length == d, "means have dimensions %d and %d", d, second.mean.length);
    double meanTerm = 0;
    for (int i = 0; i < d; i++) {
      meanTerm += (first.mean[i] - second.mean[i]) * (first.mean[i] - second.mean[i]);
    }
    Root root1 = first.root;
    Root root2 = second.root;
    double traceRoot = 0;
    double[] cross =
        Lapack.multiplyTransposed(root1.factor, root2.factor, root1.rank, d, root2.rank);
    double[] singular = Lapack.singularValues(cross, root1.rank, root2.rank);
    for (int i = singular.length - 1; i >= 0; i--) {
      traceRoot += singular[i]; // ascending, for the smallest error
    }
    double distance = Math.max(0, meanTerm + first.trace + second.trace - 2 * traceRoot);
    return new FrechetDistance(
        distance, meanTerm, first.trace, second.trace, traceRoot, root1.rank, root2.rank);
  }

  /** A mean and a decomposed covariance: the expensive half of a distance. Immutable. */
  public static final class Gaussian implements Serializable {
    private static final long serialVersionUID = 1L;

    private final double[] mean;
    private final double trace;
    private final Root root;

    private Gaussian(double[] mean, double[] covariance) {
      this.mean = mean.clone();
      this.trace = FrechetDistance.trace(covariance, mean.length);
      this.root = Root.of(covariance, mean.length);
    }

    /**
     * The Gaussian of some features.
     *
     * @throws IllegalArgumentException with fewer than 2 vectors
     */
    public static Gaussian of(FeatureStatistics statistics) {
      return new Gaussian(statistics.meanView(), statistics.covariance());
    }
  }

  private static double trace(double[] matrix, int d) {
    double sum = 0;
    for (int i = 0; i < d; i++) {
      sum += matrix[i * d + i];
    }
    return sum;
  }

  /** F = VΛ^½ over the directions that are not zero, [d, rank], so that FFᵀ = Σ. */
  private record Root(double[] factor, int rank) implements Serializable {
    private static final long serialVersionUID = 1L;

    static Root of(double[] covariance, int d) {
      for (double value : covariance) {
        checkArgument(Double.isFinite(value), "the covariance holds the value %s", value);
      }
      Lapack.Eigen eigen = Lapack.symmetricEigen(covariance, d);
      double[] values = eigen.values();
      double largest = Math.max(values[d - 1], -values[0]);
      double zero = d * Math.ulp(1.0) * largest;
      checkArgument(
          values[0] >= CovarianceCheck.lowest(largest, Lapack.norm(covariance)),
          "the covariance has the negative eigenvalue %s beside the largest, %s",
          values[0],
          values[d - 1]);
      int first = 0;
      while (first < d && values[first] <= zero) {
        first++;
      }
      int rank = d - first;
      double[] factor = new double[d * rank];
      for (int k = 0; k < rank; k++) {
        double root = Math.sqrt(values[first + k]);
        for (int i = 0; i < d; i++) {
          factor[i * rank + k] = eigen.vectors()[i * d + first + k] * root;
        }
      }
      return new Root(factor, rank);
    }
  }
}
