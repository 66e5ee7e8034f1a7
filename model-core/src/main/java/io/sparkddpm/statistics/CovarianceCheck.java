package io.sparkddpm.statistics;

import java.util.Locale;
import java.util.Optional;

/**
 * Whether statistics can be those of any images: finite, and with a covariance that has no negative
 * eigenvalue beyond rounding. Files of other programs hold sums that were rounded to double or to
 * float, of fewer images than dimensions too, so that eigenvalues which are 0 come out slightly
 * below it.
 */
public final class CovarianceCheck {
  /** What sums leave, as a share of the largest eigenvalue. */
  private static final double SUMS = 1e-6;

  /** What rounding to float moves an entry by at most, as a share of the entry. */
  private static final double FLOAT = 0x1p-24;

  private CovarianceCheck() {}

  /**
   * The lowest eigenvalue that rounding explains. Entries that are rounded to float move every
   * eigenvalue by at most 2⁻²⁴|Σ|, with the Frobenius norm (Weyl's inequality).
   */
  static double lowest(double largest, double norm) {
    return -(SUMS * largest + FLOAT * norm);
  }

  /**
   * Looks at mean and covariance.
   *
   * @return what is wrong, as the end of a sentence; empty for what may be real, and for fewer than
   *     2 vectors, which have no covariance
   */
  public static Optional<String> problem(FeatureStatistics statistics) {
    Optional<String> notFinite = notFinite(statistics);
    if (notFinite.isPresent() || statistics.count() < 2) {
      return notFinite;
    }
    int d = statistics.dimension();
    double[] covariance = statistics.covariance();
    double norm = Lapack.norm(covariance);
    if (!Double.isFinite(norm)) {
      return Optional.of("its covariance is too large for a distance, |Σ| is " + norm);
    }
    // The largest eigenvalue is at least |Σ|/√d: what passes with that needs no eigenvalues.
    double shift = -lowest(norm / Math.sqrt(d), norm);
    if (norm == 0 || Lapack.isPositiveDefinite(shifted(covariance, d, shift), d)) {
      return Optional.empty();
    }
    double[] values = Lapack.symmetricEigenvalues(covariance, d);
    double largest = Math.max(values[d - 1], -values[0]);
    return values[0] >= lowest(largest, norm)
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "its matrix is no covariance: it has the negative eigenvalue %.6g beside the"
                    + " largest, %.6g",
                values[0],
                values[d - 1]));
  }

  private static Optional<String> notFinite(FeatureStatistics statistics) {
    for (double value : statistics.meanView()) {
      if (!Double.isFinite(value)) {
        return Optional.of("its mean holds the value " + value);
      }
    }
    for (double value : statistics.packedM2View()) {
      if (!Double.isFinite(value)) {
        return Optional.of("its covariance holds the value " + value);
      }
    }
    return Optional.empty();
  }

  private static double[] shifted(double[] matrix, int d, double shift) {
    double[] shifted = matrix.clone();
    for (int i = 0; i < d; i++) {
      shifted[i * d + i] += shift;
    }
    return shifted;
  }
}
