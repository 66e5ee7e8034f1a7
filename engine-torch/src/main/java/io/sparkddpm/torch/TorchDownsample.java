package io.sparkddpm.torch;

import io.sparkddpm.network.Downsample;
import org.bytedeco.pytorch.Tensor;

/** Runs {@link Downsample}. */
record TorchDownsample(Downsample node, TorchOps ops) implements TorchLayer {
  @Override
  public Tensor forward(Tensor x, TorchPass pass) {
    return ops.halving(node.convolution(), x);
  }
}
