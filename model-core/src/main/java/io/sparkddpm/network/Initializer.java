package io.sparkddpm.network;

import io.sparkddpm.random.RandomStream;
import java.util.Arrays;

/** First values of a tensor. */
@FunctionalInterface
public interface Initializer {
  /** All 0. */
  Initializer ZERO = constant(0);

  /** All 1. */
  Initializer ONE = constant(1);

  /** Gaussian with mean 0 and variance 1. */
  Initializer STANDARD_NORMAL =
      (values, from, to, stream) -> stream.fillGaussian(values, from, to - from);

  /**
   * Fills {@code values[from …, to)}.
   *
   * @param stream the tensor's own
   */
  void fill(float[] values, int from, int to, RandomStream stream);

  /** The same value everywhere. */
  static Initializer constant(float value) {
    return (values, from, to, stream) -> Arrays.fill(values, from, to, value);
  }

  /**
   * Uniform with mean 0 and variance scale/fan, such as Glorot and Bengio's (2010).
   *
   * @param fan mean of how many values an output sums and in how many an input is summed
   */
  static Initializer uniform(double scale, double fan) {
    double limit = Math.sqrt(3 * scale / fan);
    return (values, from, to, stream) -> {
      for (int i = from; i < to; i++) {
        values[i] = (float) ((2 * stream.nextDouble() - 1) * limit);
      }
    };
  }
}
