package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;

/** How a node of the embedding runs, with an explicit backward pass. */
interface EmbeddingLayer {
  /** Emits the forward pass; the result is [N, width]. */
  Tensor forward();

  /** Emits the gradients by the parameters; takes over {@code dout}. */
  void backward(Tensor dout);
}
