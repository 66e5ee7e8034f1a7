package io.sparkddpm.torch;

import io.sparkddpm.network.TimeEmbedding;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Runs {@link TimeEmbedding}. */
record TorchTimeEmbedding(TimeEmbedding node, TorchOps ops) implements TorchEmbeddingLayer {
  @Override
  public Tensor forward(TorchPass pass) {
    int items = pass.levels().length;
    int channels = node.channels();
    float[] rows = new float[items * channels];
    for (int n = 0; n < items; n++) {
      node.waves(pass.levels()[n], rows, n * channels);
    }
    Tensor waves = ops.library().upload(rows, 0, items, channels);
    Tensor hidden = torch.silu(ops.dense(node.first(), waves));
    return ops.dense(node.second(), hidden);
  }
}
