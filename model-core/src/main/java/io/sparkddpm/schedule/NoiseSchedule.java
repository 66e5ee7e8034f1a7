package io.sparkddpm.schedule;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Objects;

/**
 * β_t and everything that follows from it, as tables in double. Timesteps are zero-based: t=0 is
 * the least noisy, t=T−1 the last. Computed with {@link StrictMath}, so that every machine has the
 * same bits. Immutable; threads may share it.
 *
 * <p>1−ᾱ_t is summed up by its own recurrence instead of being subtracted from 1, which would lose
 * twelve digits at t=0 already.
 */
public final class NoiseSchedule {
  private final double[] betas;
  private final double[] alphasCumprod;
  private final double[] oneMinusAlphasCumprod;
  private final double[] sqrtAlphasCumprod;
  private final double[] sqrtOneMinusAlphasCumprod;
  private final double[] posteriorVariance;
  private final double[] posteriorMeanCoefX0;
  private final double[] posteriorMeanCoefXt;

  private NoiseSchedule(double[] betas) {
    int steps = betas.length;
    this.betas = betas;
    alphasCumprod = new double[steps];
    oneMinusAlphasCumprod = new double[steps];
    sqrtAlphasCumprod = new double[steps];
    sqrtOneMinusAlphasCumprod = new double[steps];
    posteriorVariance = new double[steps];
    posteriorMeanCoefX0 = new double[steps];
    posteriorMeanCoefXt = new double[steps];
    double previous = 1.0;
    double oneMinusPrevious = 0.0;
    for (int t = 0; t < steps; t++) {
      double beta = betas[t];
      alphasCumprod[t] = previous * (1.0 - beta);
      oneMinusAlphasCumprod[t] = oneMinusPrevious + previous * beta;
      sqrtAlphasCumprod[t] = Math.sqrt(alphasCumprod[t]);
      sqrtOneMinusAlphasCumprod[t] = Math.sqrt(oneMinusAlphasCumprod[t]);
      posteriorVariance[t] = beta * oneMinusPrevious / oneMinusAlphasCumprod[t];
      posteriorMeanCoefX0[t] = beta * Math.sqrt(previous) / oneMinusAlphasCumprod[t];
      posteriorMeanCoefXt[t] = Math.sqrt(1.0 - beta) * oneMinusPrevious / oneMinusAlphasCumprod[t];
      previous = alphasCumprod[t];
      oneMinusPrevious = oneMinusAlphasCumprod[t];
    }
  }

  /** The schedule of a configuration. */
  public static NoiseSchedule of(ScheduleConfig config) {
    return new NoiseSchedule(config.betas());
  }

  /**
   * A schedule with the given β_t.
   *
   * @param betas at least one, each in (0, 1); copied
   */
  public static NoiseSchedule ofBetas(double... betas) {
    checkArgument(betas.length >= 1, "a schedule needs at least one beta");
    for (int t = 0; t < betas.length; t++) {
      checkArgument(
          betas[t] > 0 && betas[t] < 1, "beta must be in (0, 1), got %s at t=%s", betas[t], t);
    }
    return new NoiseSchedule(betas.clone());
  }

  /** Number of timesteps T. */
  public int steps() {
    return betas.length;
  }

  /** β_t. */
  public double beta(int t) {
    return betas[t];
  }

  /** α_t = 1 − β_t. */
  public double alpha(int t) {
    return 1.0 - betas[t];
  }

  /** ᾱ_t, the product of all α up to and with t. */
  public double alphaCumprod(int t) {
    return alphasCumprod[t];
  }

  /** ᾱ_{t−1}; 1 at t=0. */
  public double alphaCumprodPrev(int t) {
    Objects.checkIndex(t, steps());
    return t == 0 ? 1.0 : alphasCumprod[t - 1];
  }

  /** 1 − ᾱ_t, without cancellation. */
  public double oneMinusAlphaCumprod(int t) {
    return oneMinusAlphasCumprod[t];
  }

  /** 1 − ᾱ_{t−1}, without cancellation; 0 at t=0. */
  public double oneMinusAlphaCumprodPrev(int t) {
    Objects.checkIndex(t, steps());
    return t == 0 ? 0.0 : oneMinusAlphasCumprod[t - 1];
  }

  /** ᾱ_t/(1−ᾱ_t), the signal-to-noise ratio of x_t. */
  public double snr(int t) {
    return alphasCumprod[t] / oneMinusAlphasCumprod[t];
  }

  /** √ᾱ_t: how much of the image is in x_t. */
  public double sqrtAlphaCumprod(int t) {
    return sqrtAlphasCumprod[t];
  }

  /** √(1−ᾱ_t): how much noise is in x_t. */
  public double sqrtOneMinusAlphaCumprod(int t) {
    return sqrtOneMinusAlphasCumprod[t];
  }

  /** β̃_t, the variance of q(x_{t−1} | x_t, x_0); Ho et al. 2020, eq. 7. 0 at t=0. */
  public double posteriorVariance(int t) {
    return posteriorVariance[t];
  }

  /**
   * ln β̃_t, where t=0, whose variance is 0, has the value of t=1 as in the official code. A
   * schedule of one step has ln β_0.
   */
  public double posteriorLogVarianceClipped(int t) {
    Objects.checkIndex(t, steps());
    return StrictMath.log(steps() == 1 ? betas[0] : posteriorVariance[Math.max(t, 1)]);
  }

  /** Coefficient of x_0 in the mean of q(x_{t−1} | x_t, x_0); Ho et al. 2020, eq. 7. */
  public double posteriorMeanCoefX0(int t) {
    return posteriorMeanCoefX0[t];
  }

  /** Coefficient of x_t in the mean of q(x_{t−1} | x_t, x_0); Ho et al. 2020, eq. 7. */
  public double posteriorMeanCoefXt(int t) {
    return posteriorMeanCoefXt[t];
  }
}
