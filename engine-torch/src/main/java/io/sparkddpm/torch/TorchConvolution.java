package io.sparkddpm.torch;

import io.sparkddpm.network.Convolution;
import org.bytedeco.pytorch.Tensor;

/** Runs {@link Convolution}. */
record TorchConvolution(Convolution node, TorchOps ops) implements TorchLayer {
  @Override
  public Tensor forward(Tensor x, TorchPass pass) {
    return ops.convolution(node.name(), x);
  }
}
