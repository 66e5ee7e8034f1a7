package io.sparkddpm.diffusion;

/**
 * The decoder of the last step: the probability of an 8-bit pixel value under a Gaussian; Ho et al.
 * 2020, eq. 13, with the official code's tanh form of the distribution function. Threads may share
 * it.
 */
final class DiscretizedGaussian {
  static final double HALF_LEVEL = 1.0 / 255.0;
  static final double LEAST_PROBABILITY = 1e-12;
  private static final double SQRT_2_OVER_PI = 0.7978845608028654;

  private DiscretizedGaussian() {}

  /**
   * The probability of the 1/127.5 wide interval around {@code x}; the outermost two reach to
   * infinity.
   *
   * @param x an 8-bit pixel, rescaled to [-1, 1]
   * @param upper its upper end, as standard deviations from the mean
   * @param lower its lower end, likewise
   */
  static double probability(double x, double upper, double lower) {
    return (isHighest(x) ? 1.0 : cdf(upper)) - (isLowest(x) ? 0.0 : cdf(lower));
  }

  /** ln of a probability, or of {@link #LEAST_PROBABILITY} where that is more. */
  static double log(double probability) {
    return StrictMath.log(Math.max(probability, LEAST_PROBABILITY));
  }

  /** Whether the interval around {@code x} reaches to −∞. */
  static boolean isLowest(double x) {
    return x < -0.999;
  }

  /** Whether the interval around {@code x} reaches to ∞. */
  static boolean isHighest(double x) {
    return x > 0.999;
  }

  static double cdf(double z) {
    return 0.5 * (1.0 + StrictMath.tanh(SQRT_2_OVER_PI * (z + 0.044715 * z * z * z)));
  }

  /** Slope of {@link #cdf}. */
  static double density(double z) {
    double tanh = StrictMath.tanh(SQRT_2_OVER_PI * (z + 0.044715 * z * z * z));
    return 0.5 * (1.0 - tanh * tanh) * SQRT_2_OVER_PI * (1.0 + 3.0 * 0.044715 * z * z);
  }
}
