package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * A network for points of a few dimensions: the U-Net's blocks without neighbours, one after the
 * other, each with the embedding of the level of noise and of the label. Items have the shape [D,
 * 1, 1].
 *
 * @param dimensions D of a point
 * @param width of all layers, at least 4 and even
 * @param blocks residual blocks, at least 1
 * @param outputs values that it gives for a point
 * @param classes labels that it is given; 0: none
 * @param separateTimes timesteps that have a vector of their own each, in place of a shared
 *     embedding; 0: none has
 */
public record MlpConfig(
    int dimensions, int width, int blocks, int outputs, int classes, int separateTimes)
    implements NetworkConfig {
  private static final long serialVersionUID = 1L;

  /** With a shared embedding of the time. */
  public MlpConfig(int dimensions, int width, int blocks, int outputs, int classes) {
    this(dimensions, width, blocks, outputs, classes, 0);
  }

  /** Checks the ranges. */
  public MlpConfig {
    checkArgument(dimensions >= 1, "dimensions must be at least 1, got %s", dimensions);
    checkArgument(width >= 4 && width % 2 == 0, "width must be even and at least 4, got %s", width);
    checkArgument(blocks >= 1, "blocks must be at least 1, got %s", blocks);
    checkArgument(outputs >= 1, "outputs must be at least 1, got %s", outputs);
    checkArgument(classes >= 0, "classes must not be negative, got %s", classes);
    checkArgument(separateTimes >= 0, "separate times must not be negative, got %s", separateTimes);
  }

  @Override
  public int timesteps() {
    return separateTimes;
  }

  @Override
  public NetworkSpec spec() {
    Shape point = Shape.of(dimensions, 1, 1);
    Shape wide = Shape.of(width, 1, 1);
    List<EmbeddingNode> embedding = new ArrayList<>();
    embedding.add(
        separateTimes > 0 ? new TimeTable(separateTimes, width) : new TimeEmbedding(width, width));
    if (classes > 0) {
      embedding.add(new ClassEmbedding(classes, width));
    }
    List<BodyNode> body = new ArrayList<>();
    body.add(new Convolution("in", point, width, 1, 1));
    for (int i = 0; i < blocks; i++) {
      body.add(new ResidualBlock("block_" + i, wide, width, 1, width, 1, 0, i));
    }
    body.add(new NormActivation("norm_out", wide, 1));
    body.add(new Convolution("out", wide, outputs, 1, ParameterSpec.NEAR_ZERO));
    return new NetworkSpec(embedding, body);
  }
}
