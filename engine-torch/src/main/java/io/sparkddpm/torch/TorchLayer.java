package io.sparkddpm.torch;

import org.bytedeco.pytorch.Tensor;

/** How a node of the body runs, as operations that LibTorch differentiates. */
interface TorchLayer {
  /**
   * Computes the node's output. What it makes on the way is freed by the caller; {@code x} is the
   * caller's.
   */
  Tensor forward(Tensor x, TorchPass pass);
}
