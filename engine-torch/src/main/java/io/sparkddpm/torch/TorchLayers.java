package io.sparkddpm.torch;

import io.sparkddpm.network.Attention;
import io.sparkddpm.network.ClassEmbedding;
import io.sparkddpm.network.Convolution;
import io.sparkddpm.network.Downsample;
import io.sparkddpm.network.GaussianDraw;
import io.sparkddpm.network.JoinFlat;
import io.sparkddpm.network.JoinSkip;
import io.sparkddpm.network.KeepSkip;
import io.sparkddpm.network.LayerFactories;
import io.sparkddpm.network.LearnedPositions;
import io.sparkddpm.network.NetworkSpec;
import io.sparkddpm.network.NormActivation;
import io.sparkddpm.network.ResidualBlock;
import io.sparkddpm.network.TimeEmbedding;
import io.sparkddpm.network.TimeTable;
import io.sparkddpm.network.Upsample;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A network's layers as operations that LibTorch differentiates. Every call stands in a {@link
 * PointerScope} of the caller's; tensors within a layer are freed with the layer, as far as the
 * backward pass does not hold them.
 */
final class TorchLayers {
  /** Which layer runs which node of the embedding. */
  private static final LayerFactories<TorchOps, TorchEmbeddingLayer> EMBEDDING =
      LayerFactories.<TorchOps, TorchEmbeddingLayer>none()
          .with(TimeEmbedding.class, TorchTimeEmbedding::new)
          .with(TimeTable.class, TorchTimeTable::new)
          .with(ClassEmbedding.class, TorchClassEmbedding::new);

  /** Which layer runs which node of the body. */
  private static final LayerFactories<TorchOps, TorchLayer> BODY =
      LayerFactories.<TorchOps, TorchLayer>none()
          .with(Convolution.class, TorchConvolution::new)
          .with(ResidualBlock.class, TorchResidualBlock::new)
          .with(Attention.class, TorchAttention::new)
          .with(Downsample.class, TorchDownsample::new)
          .with(Upsample.class, TorchUpsample::new)
          .with(NormActivation.class, TorchNormActivation::new)
          .with(GaussianDraw.class, TorchGaussianDraw::new)
          .with(LearnedPositions.class, TorchLearnedPositions::new)
          .with(KeepSkip.class, TorchKeepSkip::new)
          .with(JoinSkip.class, TorchJoinSkip::new)
          .with(JoinFlat.class, TorchJoinFlat::new);

  private final List<TorchEmbeddingLayer> embedding;
  private final List<TorchLayer> body;

  TorchLayers(NetworkSpec spec, TorchOps ops) {
    embedding = spec.embedding().stream().map(node -> EMBEDDING.layer(node, ops)).toList();
    body = spec.body().stream().map(node -> BODY.layer(node, ops)).toList();
  }

  /**
   * The prediction, float32 [N, C, H, W].
   *
   * @param x [N, C, H, W]
   */
  Tensor forward(Tensor x, TorchPass pass) {
    if (!embedding.isEmpty()) {
      pass.setEmbedding(freeing(x, () -> torch.silu(embed(pass))));
    }
    Tensor h = x;
    for (TorchLayer layer : body) {
      Tensor in = h;
      h = freeing(in, () -> layer.forward(in, pass));
      if (!in.equals(h) && !in.equals(x) && !pass.skips().contains(in)) {
        in.close();
      }
    }
    return h.to(torch.ScalarType.Float);
  }

  private Tensor embed(TorchPass pass) {
    Tensor sum = embedding.get(0).forward(pass);
    for (TorchEmbeddingLayer layer : embedding.subList(1, embedding.size())) {
      sum = sum.add(layer.forward(pass));
    }
    return sum;
  }

  /**
   * Runs {@code body} and frees the tensors that it made, but for its result.
   *
   * @param given not made by it, but maybe its result
   */
  private static Tensor freeing(Tensor given, Supplier<Tensor> body) {
    PointerScope outer = PointerScope.getInnerScope();
    try (PointerScope inner = new PointerScope()) {
      Tensor result = body.get();
      if (!result.equals(given)) {
        outer.attach(result);
      }
      return result;
    }
  }
}
