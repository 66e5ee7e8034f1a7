package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;

/**
 * Sums over images of what the bound consists of. Sums of parts are added in the order of the
 * images, so that they have the same bits however the parts were spread.
 *
 * @param images number of images
 * @param bits for each range of timesteps, of the terms in bits per dimension
 * @param bitsSquared of their squares
 * @param epsilonErrors for each range, of mean squared errors of ε
 * @param x0Errors for each range, of mean squared errors of x_0
 * @param prior of L_T
 * @param total of each image's whole bound
 * @param totalSquared of their squares
 */
public record BoundSums(
    long images,
    double[] bits,
    double[] bitsSquared,
    double[] epsilonErrors,
    double[] x0Errors,
    double prior,
    double total,
    double totalSquared)
    implements Serializable {
  /** Refuses sums of different numbers of ranges. */
  public BoundSums {
    checkArgument(
        bits.length == bitsSquared.length
            && bits.length == epsilonErrors.length
            && bits.length == x0Errors.length,
        "sums of %s, %s, %s and %s ranges",
        bits.length,
        bitsSquared.length,
        epsilonErrors.length,
        x0Errors.length);
  }

  /** Of no image. */
  public static BoundSums none(int ranges) {
    return new BoundSums(
        0, new double[ranges], new double[ranges], new double[ranges], new double[ranges], 0, 0, 0);
  }

  /**
   * Of one image.
   *
   * @param ranges that the terms stand for
   * @param bits the term in each
   * @param epsilonErrors in each
   * @param x0Errors in each
   */
  public static BoundSums of(
      TimestepRanges ranges,
      double[] bits,
      double[] epsilonErrors,
      double[] x0Errors,
      double prior) {
    double[] squares = new double[bits.length];
    double total = prior;
    for (int k = 0; k < bits.length; k++) {
      squares[k] = bits[k] * bits[k];
      total += ranges.length(k) * bits[k];
    }
    return new BoundSums(1, bits, squares, epsilonErrors, x0Errors, prior, total, total * total);
  }

  /** These images and, after them, others. */
  public BoundSums plus(BoundSums next) {
    return new BoundSums(
        images + next.images,
        sum(bits, next.bits),
        sum(bitsSquared, next.bitsSquared),
        sum(epsilonErrors, next.epsilonErrors),
        sum(x0Errors, next.x0Errors),
        prior + next.prior,
        total + next.total,
        totalSquared + next.totalSquared);
  }

  private static double[] sum(double[] a, double[] b) {
    checkArgument(a.length == b.length, "sums of %s and of %s ranges", a.length, b.length);
    double[] sum = new double[a.length];
    for (int k = 0; k < sum.length; k++) {
      sum[k] = a[k] + b[k];
    }
    return sum;
  }
}
