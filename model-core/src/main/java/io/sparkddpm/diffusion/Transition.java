package io.sparkddpm.diffusion;

/**
 * A step of the reverse process from x_t at one level to x_s at a less noisy one, and the Gaussian
 * q(x_s | x_t, x_0) = N(posteriorMeanX0·x_0 + posteriorMeanXt·x_t, posteriorVariance); Ho et al.
 * 2020, eq. 7, for any two levels. Variances and coefficients are those of one element.
 *
 * @param from the level t
 * @param to the level s, at most t
 * @param beta variance of the noise between the two: 1 − α_t²/α_s²
 * @param signalTo α_s²
 * @param noiseTo σ_s²; 0 where s is without noise
 * @param noiseFrom σ_t²
 */
public record Transition(
    double from, double to, double beta, double signalTo, double noiseTo, double noiseFrom) {
  /** Whether it leads to the level that is one lower, or from the lowest to clean data. */
  public boolean isUnit() {
    return to == (from < 1 ? NoiseProcess.CLEAN : from - 1);
  }

  /** Coefficient of x_0 in the mean. */
  public double posteriorMeanX0() {
    return beta * Math.sqrt(signalTo) / noiseFrom;
  }

  /** Coefficient of x_t in the mean. */
  public double posteriorMeanXt() {
    return Math.sqrt(1.0 - beta) * noiseTo / noiseFrom;
  }

  /** β̃, 0 where s is without noise. */
  public double posteriorVariance() {
    return beta * noiseTo / noiseFrom;
  }
}
