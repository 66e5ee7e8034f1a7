package io.sparkddpm.diffusion;

/** The fixed variance σ_t² of the reverse process; Ho et al. 2020, sec. 3.2. */
public enum VarianceType {
  /** σ_t² = β_t ("fixedlarge" in the official code, used for CIFAR-10's FID of 3.17). */
  BETA,
  /** σ_t² = β̃_t, the posterior variance ("fixedsmall", used for LSUN). */
  BETA_TILDE
}
