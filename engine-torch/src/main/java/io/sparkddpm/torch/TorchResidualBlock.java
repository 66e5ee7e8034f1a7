package io.sparkddpm.torch;

import io.sparkddpm.kernels.Dropout;
import io.sparkddpm.network.ResidualBlock;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Runs {@link ResidualBlock}. */
record TorchResidualBlock(ResidualBlock node, TorchOps ops) implements TorchLayer {
  @Override
  public Tensor forward(Tensor x, TorchPass pass) {
    Tensor h = torch.silu(ops.norm(node.norm1(), node.groups(), x));
    h = ops.convolution(node.conv1(), h);
    if (node.isShifted()) {
      h = h.add(ops.dense(node.projection(), pass.embedding()).unsqueeze(2).unsqueeze(3));
    }
    h = torch.silu(ops.norm(node.norm2(), node.groups(), h));
    if (pass.keys() != null && node.dropout() > 0) {
      h = ops.dropped(h, new Dropout(node.dropout(), node.layer(), pass.keys()));
    }
    h = ops.convolution(node.conv2(), h);
    return (node.widens() ? ops.convolution(node.shortcut(), x) : x).add(h);
  }
}
