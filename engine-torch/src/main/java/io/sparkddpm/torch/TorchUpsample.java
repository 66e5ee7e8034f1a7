package io.sparkddpm.torch;

import io.sparkddpm.network.Upsample;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Runs {@link Upsample}. */
record TorchUpsample(Upsample node, TorchOps ops) implements TorchLayer {
  @Override
  public Tensor forward(Tensor x, TorchPass pass) {
    long[] size = {node.out().dim(1), node.out().dim(2)};
    return ops.convolution(node.convolution(), torch.upsample_nearest2d(x, size));
  }
}
