package io.sparkddpm.kernels;

/** What a kernel call belongs to, for the accounting of time. */
public enum LayerKind {
  CONVOLUTION,
  NORMALIZATION,
  ATTENTION,
  DENSE,
  /** Sums, copies and resizing between the layers. */
  ELEMENTWISE,
  LOSS,
  OPTIMIZER,
  /** Drawing timesteps and noise. */
  DATA
}
