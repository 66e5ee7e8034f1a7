package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Puts the nodes of a {@link UNetConfig} together, as the official code does; for images, or with
 * the same nodes for items with a single row.
 */
final class UNetSpec {
  private final UNetConfig config;
  private final Kernel kernel;
  private final List<BodyNode> body = new ArrayList<>();
  private final Deque<Shape> skips = new ArrayDeque<>();
  private Shape shape;
  private int residualBlocks;

  private UNetSpec(UNetConfig config, Shape input, Kernel kernel) {
    this.config = config;
    this.shape = input;
    this.kernel = kernel;
  }

  static NetworkSpec of(UNetConfig config) {
    return of(config, config.inputShape(), Kernel.square(3));
  }

  /**
   * The same nodes for items of another shape.
   *
   * @param config whose image size is the width of an item
   * @param kernel of all convolutions that see neighbours
   */
  static NetworkSpec of(UNetConfig config, Shape input, Kernel kernel) {
    UNetSpec spec = new UNetSpec(config, input, kernel);
    spec.buildBody();
    int width = config.embeddingWidth();
    EmbeddingNode time =
        config.separateTimes() == 0
            ? new TimeEmbedding(config.channels(), width)
            : new TimeTable(config.separateTimes(), width);
    List<EmbeddingNode> embedding =
        config.classes() == 0
            ? List.of(time)
            : List.of(time, new ClassEmbedding(config.classes(), width));
    return new NetworkSpec(embedding, spec.body);
  }

  /**
   * The way down and the middle of the same network, then a score of each class at every place that
   * is left: its mean over the places is that of a linear head after mean pooling.
   *
   * @param config whose output channels and classes do not matter
   */
  static NetworkSpec classifier(UNetConfig config, int classes) {
    UNetSpec spec = new UNetSpec(config, config.inputShape(), Kernel.square(3));
    spec.buildEncoder(false);
    spec.add(new NormActivation("norm_out", spec.shape, config.groups()));
    spec.add(new Convolution("class_out", spec.shape, classes, 1, ParameterSpec.NEAR_ZERO));
    return new NetworkSpec(
        List.of(new TimeEmbedding(config.channels(), config.embeddingWidth())), spec.body);
  }

  private void buildBody() {
    buildEncoder(true);
    buildDecoder();
  }

  private void buildEncoder(boolean skips) {
    add(new Convolution("conv_in", shape, config.channels(), kernel, 1));
    keepSkip(skips);
    int levels = config.multipliers().size();
    for (int level = 0; level < levels; level++) {
      for (int block = 0; block < config.blocks(); block++) {
        residual("down_" + level + "_block_" + block, config.width(level));
        attentionWhereAsked("down_" + level + "_attn_" + block);
        keepSkip(skips);
      }
      if (level != levels - 1) {
        add(new Downsample("down_" + level + "_downsample", shape, kernel));
        keepSkip(skips);
      }
    }
    residual("mid_block_1", shape.dim(0));
    attention("mid_attn_1");
    residual("mid_block_2", shape.dim(0));
  }

  private void buildDecoder() {
    int levels = config.multipliers().size();
    for (int level = levels - 1; level >= 0; level--) {
      for (int block = 0; block <= config.blocks(); block++) {
        add(new JoinSkip(shape, skips.pop()));
        residual("up_" + level + "_block_" + block, config.width(level));
        attentionWhereAsked("up_" + level + "_attn_" + block);
      }
      if (level != 0) {
        add(new Upsample("up_" + level + "_upsample", shape, kernel));
      }
    }
    add(new NormActivation("norm_out", shape, config.groups()));
    add(
        new Convolution(
            "conv_out", shape, config.outputChannels(), kernel, ParameterSpec.NEAR_ZERO));
  }

  private void add(BodyNode node) {
    body.add(node);
    shape = node.out();
  }

  private void keepSkip(boolean kept) {
    if (kept) {
      add(new KeepSkip(shape));
      skips.push(shape);
    }
  }

  private void residual(String name, int width) {
    add(
        new ResidualBlock(
            name,
            shape,
            width,
            width,
            kernel,
            config.embeddingWidth(),
            config.groups(),
            config.dropout(),
            residualBlocks++));
  }

  private void attentionWhereAsked(String name) {
    if (config.attention().contains(shape.dim(2))) {
      attention(name);
    }
  }

  private void attention(String name) {
    add(new Attention(name, shape, config.groups(), config.heads(shape.dim(0))));
  }
}
