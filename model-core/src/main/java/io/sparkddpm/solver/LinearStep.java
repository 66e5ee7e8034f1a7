package io.sparkddpm.solver;

import java.io.Serializable;

/**
 * {@code x ← fromX·x + fromX0·x_0 + sigma·z}: a step with one evaluation.
 *
 * @param fromX coefficient of x
 * @param fromX0 coefficient of the x_0 that the denoiser sees
 * @param sigma standard deviation of fresh noise, at least 0; where v is 0, if it is learned
 * @param slope of ln sigma by the v that the network gives for an element; 0: it is not learned
 */
record LinearStep(double fromX, double fromX0, double sigma, double slope) implements Serializable {
  /** The same noise around a mean that the denoiser gives in the place of x_0. */
  LinearStep aroundMean() {
    return new LinearStep(0, 1, sigma, slope);
  }

  /** One whose noise is the same for all elements. */
  LinearStep(double fromX, double fromX0, double sigma) {
    this(fromX, fromX0, sigma, 0);
  }
}
