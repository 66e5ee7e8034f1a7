package io.sparkddpm.torch;

import org.bytedeco.pytorch.Tensor;

/** How a node of the embedding runs, as operations that LibTorch differentiates. */
interface TorchEmbeddingLayer {
  /** Computes the node's vectors, [N, width]; what it makes on the way is freed by the caller. */
  Tensor forward(TorchPass pass);
}
