package io.sparkddpm.torch;

import io.sparkddpm.network.LearnedPositions;
import org.bytedeco.pytorch.Tensor;

/** Runs {@link LearnedPositions}. */
record TorchLearnedPositions(LearnedPositions node, TorchOps ops) implements TorchLayer {
  @Override
  public Tensor forward(Tensor x, TorchPass pass) {
    return x.add(ops.parameters().get(node.name()));
  }
}
