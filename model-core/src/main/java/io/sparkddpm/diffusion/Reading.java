package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * Receives what a denoiser sees in noisy items. The caller says once which parts it needs, and uses
 * the same reading for one step after another. Owned by one thread at a time.
 */
public final class Reading {
  private final Batch x0;
  private final Batch epsilon;
  private final Batch variance;
  private final Batch mean;

  private Reading(Batch x0, Batch epsilon, Batch variance, Batch mean) {
    this.x0 = x0;
    this.epsilon = epsilon;
    this.variance = variance;
    this.mean = mean;
  }

  /** A reading of x_0 alone. */
  public static Reading ofX0(int count, Shape shape) {
    return new Reading(new Batch(count, shape), null, null, null);
  }

  /** A reading of x_0 and ε. */
  public static Reading ofX0AndEpsilon(int count, Shape shape) {
    return new Reading(new Batch(count, shape), new Batch(count, shape), null, null);
  }

  /** A reading of x_0 and of v, for a learned variance. */
  public static Reading ofX0AndVariance(int count, Shape shape) {
    return new Reading(new Batch(count, shape), null, new Batch(count, shape), null);
  }

  /** This reading, and the mean of a step. */
  public Reading andMean() {
    return new Reading(x0, epsilon, variance, x0.like());
  }

  /** A reading of the same parts for another number of items. */
  Reading ofSameParts(int count) {
    return new Reading(
        new Batch(count, x0.shape()),
        wantsEpsilon() ? new Batch(count, x0.shape()) : null,
        wantsVariance() ? new Batch(count, x0.shape()) : null,
        wantsMean() ? new Batch(count, x0.shape()) : null);
  }

  /** The clean items; clipped, or otherwise kept in range, where the denoiser does that. */
  public Batch x0() {
    return x0;
  }

  /** Whether ε is requested. */
  public boolean wantsEpsilon() {
    return epsilon != null;
  }

  /**
   * The noise as it was predicted. Where x_0 was clipped the two no longer add up to x_t; {@code
   * (x_t − α·x_0)/σ} is the noise that agrees with x_0.
   *
   * @throws IllegalStateException if it was not requested
   */
  public Batch epsilon() {
    checkState(epsilon != null, "this reading has no epsilon");
    return epsilon;
  }

  /** Whether v is requested. */
  public boolean wantsVariance() {
    return variance != null;
  }

  /**
   * What the network gives for the variance of each element: the v of {@link Variance}.
   *
   * @throws IllegalStateException if it was not requested
   */
  public Batch variance() {
    checkState(variance != null, "this reading has no variance");
    return variance;
  }

  /** Whether the mean of the step to the level that is one lower is requested. */
  public boolean wantsMean() {
    return mean != null;
  }

  /**
   * The mean of x at the level that is one lower, as the network gives it: x_0 may be clipped, this
   * is not.
   *
   * @throws IllegalStateException if it was not requested
   */
  public Batch mean() {
    checkState(mean != null, "this reading has no mean");
    return mean;
  }
}
