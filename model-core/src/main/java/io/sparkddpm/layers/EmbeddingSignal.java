package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;

/** SiLU of the embedding, which every residual block reads, and its summed gradient. */
final class EmbeddingSignal {
  private final LayerContext context;
  private final Tensor embedding;
  private final Tensor activated;
  private Tensor gradient;

  /**
   * @param embedding sum of the embedding nodes, [N, width]
   */
  EmbeddingSignal(LayerContext context, Tensor embedding) {
    this.context = context;
    this.embedding = embedding;
    this.activated = context.memory().allocate(embedding.shape());
    context.kernels().silu(context.forward(), embedding, activated);
  }

  Tensor activated() {
    return activated;
  }

  void addGradient(Tensor part) {
    if (gradient == null) {
      gradient = part.retain();
    } else {
      context.kernels().addInPlace(context.backward(), part, gradient);
    }
  }

  /** Gradient by the embedding, after all blocks have added theirs. */
  Tensor backward() {
    context.kernels().siluBackward(context.backward(), embedding, gradient, gradient);
    return gradient;
  }
}
