package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.ClassEmbedding;

/** Runs {@link ClassEmbedding}. */
final class ClassEmbeddingLayer implements EmbeddingLayer {
  private final ClassEmbedding node;
  private final LayerContext build;
  private final int[] labels;

  ClassEmbeddingLayer(ClassEmbedding node, LayerContext build) {
    this.node = node;
    this.build = build;
    this.labels = build.inputs().takeLabels(node.classes());
  }

  @Override
  public Tensor forward() {
    Tensor out = build.memory().allocate(labels.length, node.width());
    build.kernels().lookUp(build.forward(), build.parameters().value(node.table()), labels, out);
    return out;
  }

  @Override
  public void backward(Tensor dout) {
    Tensor gradient = build.parameters().gradient(node.table());
    build.kernels().lookUpBackward(build.backward(), dout, labels, gradient);
    dout.release();
  }
}
