package io.sparkddpm.torch;

import io.sparkddpm.network.JoinFlat;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Runs {@link JoinFlat}; frees the skip. */
record TorchJoinFlat(JoinFlat node, TorchOps ops) implements TorchLayer {
  @Override
  public Tensor forward(Tensor x, TorchPass pass) {
    Tensor skip = pass.skips().pop();
    Tensor joined = torch.cat(new TensorVector(flat(x), flat(skip)), 1);
    if (!skip.equals(x)) {
      skip.close();
    }
    return joined;
  }

  /** [N, C, H, W] as [N, C·H·W, 1, 1]. */
  private static Tensor flat(Tensor x) {
    long items = x.size(0);
    return x.reshape(items, x.numel() / items, 1, 1);
  }
}
