package io.sparkddpm.torch;

import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.pytorch.Tensor;

/** What layers read and leave to each other in one pass. */
final class TorchPass {
  private final double[] levels;
  private final int[] labels;
  private final long[] keys;
  private final Deque<Tensor> skips = new ArrayDeque<>();
  private Tensor embedding;

  /**
   * @param levels zero-based timestep of each item
   * @param labels of each item, negative: none
   * @param keys of the dropout masks, one an item; null for inference
   */
  TorchPass(double[] levels, int[] labels, long[] keys) {
    this.levels = levels;
    this.labels = labels;
    this.keys = keys;
  }

  /** Zero-based timestep of each item. */
  double[] levels() {
    return levels;
  }

  /** Label of each item; negative: none. */
  int[] labels() {
    return labels;
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
