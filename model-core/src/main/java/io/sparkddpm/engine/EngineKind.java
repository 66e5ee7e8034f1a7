package io.sparkddpm.engine;

/** What computes the network. */
public enum EngineKind {
  /**
   * ND4J's native code with kernels of our own: the default, and what others are checked against.
   */
  DL4J,
  /** LibTorch, in a jar of its own. */
  TORCH
}
