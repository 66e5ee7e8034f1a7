package io.sparkddpm.torch;

import io.sparkddpm.network.NormActivation;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Runs {@link NormActivation}. */
record TorchNormActivation(NormActivation node, TorchOps ops) implements TorchLayer {
  @Override
  public Tensor forward(Tensor x, TorchPass pass) {
    return torch.silu(ops.norm(node.name(), node.groups(), x));
  }
}
