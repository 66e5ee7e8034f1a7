package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.ClassEmbedding;

/** Runs {@link ClassEmbedding}. */
final class ClassEmbeddingLayer implements EmbeddingLayer {
  private final ClassEmbedding node;
  private final LayerContext context;
  private final int[] labels;

  ClassEmbeddingLayer(ClassEmbedding node, LayerContext context) {
    this.node = node;
    this.context = context;
    this.labels = context.inputs().takeLabels(node);
  }

  @Override
  public Tensor forward() {
    Tensor out = context.memory().allocate(labels.length, node.width());
    context
        .kernels()
        .lookUp(context.forward(), context.parameters().value(node.table()), labels, out);
    return out;
  }

  @Override
  public void backward(Tensor dout) {
    Tensor gradient = context.parameters().gradient(node.table());
    context.kernels().lookUpBackward(context.backward(), dout, labels, gradient);
    dout.release();
  }
}
