package io.sparkddpm.diffusion;

/** What the network's output stands for. */
public enum PredictionType {
  /** The noise ε; Ho et al. 2020, eq. 14. */
  EPSILON,
  /** The clean image x0. */
  X0,
  /** v = √ᾱ·ε − √(1−ᾱ)·x0; Salimans and Ho 2022. */
  V,
  /** The posterior mean μ̃_t(x_t, x_0); Ho et al. 2020, eq. 8. */
  MU
}
