package io.sparkddpm.torch;

import io.sparkddpm.network.JoinSkip;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Runs {@link JoinSkip}; frees the skip. */
record TorchJoinSkip(JoinSkip node, TorchOps ops) implements TorchLayer {
  @Override
  public Tensor forward(Tensor x, TorchPass pass) {
    Tensor skip = pass.skips().pop();
    Tensor joined = torch.cat(new TensorVector(x, skip), 1);
    if (!skip.equals(x)) {
      skip.close();
    }
    return joined;
  }
}
