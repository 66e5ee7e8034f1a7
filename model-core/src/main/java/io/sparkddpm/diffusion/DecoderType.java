package io.sparkddpm.diffusion;

/** What the Gaussian of the last step gives for an item of the data: L_0 of the bound. */
public enum DecoderType {
  /** The probability of a value of 8 bits, rescaled to [-1, 1]; Ho et al. 2020, eq. 13. */
  DISCRETIZED,
  /**
   * The density of a value that may be any number. The bound then is one on −log₂ of a density,
   * which may be negative and depends on the data's unit: one bit less where values are halved.
   */
  DENSITY
}
