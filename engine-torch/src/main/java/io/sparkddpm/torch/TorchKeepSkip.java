package io.sparkddpm.torch;

import io.sparkddpm.network.KeepSkip;
import org.bytedeco.pytorch.Tensor;

/** Runs {@link KeepSkip}. */
record TorchKeepSkip(KeepSkip node, TorchOps ops) implements TorchLayer {
  @Override
  public Tensor forward(Tensor x, TorchPass pass) {
    pass.skips().push(x);
    return x;
  }
}
