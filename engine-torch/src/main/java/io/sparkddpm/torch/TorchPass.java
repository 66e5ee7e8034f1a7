package io.sparkddpm.torch;

import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.pytorch.Tensor;

/** What layers read and leave to each other in one pass. */
final class TorchPass {
  private final double[] levels;
  private final long[] keys;
  private final Deque<Tensor> skips = new ArrayDeque<>();
  private Tensor embedding;

  /**
   * @param levels zero-based timestep of each item
   * @param keys of the dropout masks, one an item; null for inference
   */
  TorchPass(double[] levels, long[] keys) {
    this.levels = levels;
    this.keys = keys;
  }

  /** Zero-based timestep of each item. */
  double[] levels() {
    return levels;
  }

  /** Keys of the dropout masks, one an item; null for inference. */
  long[] keys() {
    return keys;
  }

  /** Outputs that later layers join, the latest first. */
  Deque<Tensor> skips() {
    return skips;
  }

  /** SiLU of the embedding, [N, width]. */
  Tensor embedding() {
    return embedding;
  }

  void setEmbedding(Tensor activated) {
    embedding = activated;
  }
}
