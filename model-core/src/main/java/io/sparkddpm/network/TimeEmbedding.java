package io.sparkddpm.network;

import java.util.List;

/**
 * The level of noise: sines and cosines (Vaswani et al. 2017, official layout), then two dense
 * layers with SiLU between; Ho et al. 2020, app. B.
 *
 * @param channels sines and cosines, even, at least 4
 * @param width of both layers
 */
public record TimeEmbedding(int channels, int width) implements EmbeddingNode {
  @Override
  public List<ParameterSpec> parameters() {
    return ParameterSpec.concat(
        ParameterSpec.dense(first(), channels, width), ParameterSpec.dense(second(), width, width));
  }

  @Override
  public long flops() {
    return Flops.dense(channels, width) + Flops.dense(width, width);
  }

  /** The waves, the first layer, its activation, the second layer. */
  @Override
  public Activations activations() {
    return Activations.of(channels + 3L * width);
  }

  /** Name of the first dense layer. */
  public String first() {
    return "temb_dense0";
  }

  /** Name of the second dense layer. */
  public String second() {
    return "temb_dense1";
  }
}
