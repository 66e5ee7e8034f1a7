package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * A mean over images with its 95 % confidence interval, by the normal distribution of means of many
 * images.
 *
 * @param mean over the images
 * @param standardError of the mean
 * @param low end of the interval
 * @param high end of the interval
 */
public record BoundEstimate(double mean, double standardError, double low, double high) {
  private static final double NORMAL_975 = 1.959963984540054;

  private static BoundEstimate of(double mean, double standardError) {
    double half = NORMAL_975 * standardError;
    return new BoundEstimate(mean, standardError, mean - half, mean + half);
  }

  /**
   * From sums over images.
   *
   * @param images at least 2
   */
  static BoundEstimate of(long images, double sum, double squares) {
    checkArgument(images >= 2, "an interval needs at least 2 images, got %s", images);
    double mean = sum / images;
    double variance = Math.max(0, (squares - sum * mean) / (images - 1));
    return of(mean, Math.sqrt(variance / images));
  }

  /** How much more than {@code other}, of other images, this is. */
  public BoundEstimate minus(BoundEstimate other) {
    return of(mean - other.mean, Math.hypot(standardError, other.standardError));
  }
}
