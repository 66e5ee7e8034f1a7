package io.sparkddpm.objective;

import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.Head;

/**
 * How well a network knows the mean of an item's noise, and so the overall brightness and colour of
 * an image: the squared error of ε in the mean of each channel, by the variance that such a mean
 * has. 1 is the error of a network that knows nothing of it, 0 of one that knows it exactly. The
 * error over all elements hides it: a mean is one value of many. Immutable; threads may share it.
 */
final class MeanErrors {
  /** By t: how far ε is off where the output is off by 1. */
  private final double[] toEpsilon;

  MeanErrors(GaussianDiffusion diffusion) {
    Head head = diffusion.config().head();
    toEpsilon = new double[diffusion.steps()];
    for (int t = 0; t < toEpsilon.length; t++) {
      toEpsilon[t] = head.toEpsilon(diffusion.process(), t).output();
    }
  }

  /**
   * The error of an item.
   *
   * @param t its timestep
   * @param squaredSums sum over the channels of the square of the sum of a channel's errors
   * @param length values of an item
   */
  double of(int t, double squaredSums, int length) {
    return toEpsilon[t] * toEpsilon[t] * squaredSums / length;
  }
}
