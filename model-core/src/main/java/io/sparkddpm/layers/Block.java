package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;

/** A block of the U-Net with an explicit backward pass. */
interface Block {
  /** Emits the forward pass; does not take over {@code x}. */
  Tensor forward(Tensor x);

  /** Emits the backward pass; takes over {@code dout}, returns the gradient by the input. */
  Tensor backward(Tensor dout);
}
