package io.sparkddpm.torch;

import io.sparkddpm.network.ClassEmbedding;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Runs {@link ClassEmbedding}. */
record TorchClassEmbedding(ClassEmbedding node, TorchOps ops) implements TorchEmbeddingLayer {
  @Override
  public Tensor forward(TorchPass pass) {
    int items = pass.labels().length;
    float[] rows = new float[items];
    float[] has = new float[items];
    for (int n = 0; n < items; n++) {
      int label = pass.labels()[n];
      node.checkLabel(label);
      rows[n] = Math.max(0, label);
      has[n] = label < 0 ? 0 : 1;
    }
    Tensor indices = ops.library().upload(rows, 0, items).to(torch.ScalarType.Long);
    Tensor vectors = torch.embedding(ops.parameters().get(node.table()), indices);
    return vectors.mul(ops.library().upload(has, 0, items, 1));
  }
}
