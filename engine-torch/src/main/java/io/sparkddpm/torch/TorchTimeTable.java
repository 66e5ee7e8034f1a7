package io.sparkddpm.torch;

import io.sparkddpm.network.TimeTable;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Runs {@link TimeTable}. */
record TorchTimeTable(TimeTable node, TorchOps ops) implements TorchEmbeddingLayer {
  @Override
  public Tensor forward(TorchPass pass) {
    int items = pass.levels().length;
    float[] rows = new float[items];
    for (int n = 0; n < items; n++) {
      rows[n] = node.row(pass.levels()[n]);
    }
    Tensor indices = ops.library().upload(rows, 0, items).to(torch.ScalarType.Long);
    return torch.embedding(ops.parameters().get(node.table()), indices);
  }
}
