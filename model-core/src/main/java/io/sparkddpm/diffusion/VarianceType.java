package io.sparkddpm.diffusion;

import io.sparkddpm.config.ConfigText;

/**
 * The names that configurations have for the variance σ_t² of the reverse process: the one place
 * that lists them.
 */
public enum VarianceType {
  /** σ_t² = β_t ("fixedlarge" in the official code, used for CIFAR-10's FID of 3.17). */
  BETA(new BetaVariance()),
  /** σ_t² = β̃_t, the posterior variance ("fixedsmall", used for LSUN). */
  BETA_TILDE(new PosteriorVariance()),
  /** Between β̃_t and β_t, as the network says; Nichol and Dhariwal 2021, eq. 15. */
  LEARNED_RANGE(new LearnedRangeVariance());

  private final Variance variance;

  VarianceType(Variance variance) {
    this.variance = variance;
  }

  /** What it computes. */
  public Variance variance() {
    return variance;
  }

  /** As configurations have it. */
  @Override
  public String toString() {
    return ConfigText.text(this);
  }
}
