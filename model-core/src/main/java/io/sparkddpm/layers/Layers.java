package io.sparkddpm.layers;

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
import io.sparkddpm.network.NormActivation;
import io.sparkddpm.network.ResidualBlock;
import io.sparkddpm.network.TimeEmbedding;
import io.sparkddpm.network.TimeTable;
import io.sparkddpm.network.Upsample;

/** Which layer runs which node. */
final class Layers {
  /** Of the embedding. */
  static final LayerFactories<LayerContext, EmbeddingLayer> EMBEDDING =
      LayerFactories.<LayerContext, EmbeddingLayer>none()
          .with(TimeEmbedding.class, TimeEmbeddingLayer::new)
          .with(TimeTable.class, TimeTableLayer::new)
          .with(ClassEmbedding.class, ClassEmbeddingLayer::new);

  /** Of the body. */
  static final LayerFactories<LayerContext, BodyLayer> BODY =
      LayerFactories.<LayerContext, BodyLayer>none()
          .with(Convolution.class, ConvolutionLayer::new)
          .with(ResidualBlock.class, ResidualBlockLayer::new)
          .with(Attention.class, AttentionLayer::new)
          .with(Downsample.class, DownsampleLayer::new)
          .with(Upsample.class, UpsampleLayer::new)
          .with(NormActivation.class, NormActivationLayer::new)
          .with(GaussianDraw.class, GaussianDrawLayer::new)
          .with(LearnedPositions.class, LearnedPositionsLayer::new)
          .with(KeepSkip.class, KeepSkipLayer::new)
          .with(JoinSkip.class, JoinSkipLayer::new)
          .with(JoinFlat.class, JoinFlatLayer::new);

  private Layers() {}
}
