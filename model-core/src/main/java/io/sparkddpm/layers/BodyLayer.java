package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;

/** How a node of the body runs, with an explicit backward pass. */
interface BodyLayer {
  /** Emits the forward pass; does not take over {@code x}. */
  Tensor forward(Tensor x);

  /** Emits the backward pass; takes over {@code dout}, returns the gradient by the input. */
  Tensor backward(Tensor dout);
}
