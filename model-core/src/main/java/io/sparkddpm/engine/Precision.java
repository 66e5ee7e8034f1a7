package io.sparkddpm.engine;

/** In which numbers the network's products are computed; parameters and moments are float32. */
public enum Precision {
  FLOAT32,
  /** Products of convolutions and matrices rounded to 10 bits of mantissa, on GPUs that can. */
  TF32,
  /** Convolutions and matrix products in bfloat16, with sums in float32. */
  BFLOAT16
}
