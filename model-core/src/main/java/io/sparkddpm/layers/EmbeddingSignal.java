package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;

/** SiLU of the embedding, which every residual block reads, and its summed gradient. */
final class EmbeddingSignal {
  private final LayerContext build;
  private final Tensor embedding;
  private final Tensor activated;
  private Tensor gradient;

  /**
   * @param embedding sum of the embedding nodes, [N, width]
   */
  EmbeddingSignal(LayerContext build, Tensor embedding) {
    this.build = build;
    this.embedding = embedding;
    this.activated = build.memory().allocate(embedding.shape());
    build.kernels().silu(build.forward(), embedding, activated);
  }

  Tensor activated() {
    return activated;
  }

  void addGradient(Tensor part) {
    if (gradient == null) {
      gradient = part.retain();
    } else {
      build.kernels().addInPlace(build.backward(), part, gradient);
    }
  }

  /** Gradient by the embedding, after all blocks have added theirs. */
  Tensor backward() {
    build.kernels().siluBackward(build.backward(), embedding, gradient, gradient);
    return gradient;
  }
}
