package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A transformer (Vaswani et al. 2017) for sequences, and for sets where it has no positions. Items
 * have the shape [C, 1, N]. Blocks are those of the U-Net: GroupNorm and self-attention, then
 * GroupNorm and two pointwise layers with the shift of time and label between them, each with a
 * residual. Without positions a permutation of the N places permutes the output alike.
 */
@Variant(
    value = "transformer",
    description = "attention and pointwise layers, for sequences and for sets of points")
public record TransformerConfig(
    @Key(value = "places of a sequence, or points of a set", range = "[1, inf)") int length,
    @Key(value = "channels of a place of x_t, 3 for points in space", range = "[1, inf)")
        int inputChannels,
    @Key(
            value =
                "channels of the prediction, as many as of x_t; twice as many, without being set,"
                    + " where diffusion.variance is learned",
            range = "[1, inf)")
        int outputChannels,
    @Key(value = "width between the blocks, even and a multiple of groups", range = "[4, inf)")
        int channels,
    @Key(value = "blocks of attention and pointwise layers", range = "[1, inf)") int blocks,
    @Key(
            value = "channels of an attention head, a divisor of channels; 0: one head with all",
            range = "[0, inf)")
        int headChannels,
    @Key(
            value = "channels between the two pointwise layers of a block, in units of channels",
            range = "[1, inf)")
        int mlpRatio,
    @Key("whether the network knows the order of places") Positions positions,
    @Key(value = "probability of dropping an activation between pointwise layers", range = "[0, 1)")
        double dropout,
    @Key(value = "groups of every GroupNorm", range = "[1, inf)", derived = "min(32, channels/4)")
        Integer groups,
    @Key(
            value = "classes that the network knows, those of its dataset; 0: it knows none",
            range = "[0, inf)")
        int classes,
    @Key(
            value =
                "share of training examples whose label is withheld, so that the network learns to"
                    + " do without (Ho and Salimans 2022)",
            range = "[0, 1)")
        double labelDropout)
    implements NetworkConfig {
  /** Sets of 256 points in space. */
  public static final TransformerConfig DEFAULTS =
      new TransformerConfig(256, 3, 3, 128, 6, 32, 2, Positions.NONE, 0, null, 0, 0);

  private static final long serialVersionUID = 1L;

  /** Of places. */
  public enum Positions {
    /** Places have no order: a set. */
    NONE,
    /** A learned vector for each place: a sequence. */
    LEARNED
  }

  /**
   * Checks the ranges.
   *
   * @param groups null: as a U-Net has them
   */
  public TransformerConfig {
    Objects.requireNonNull(positions);
    groups = groups == null ? Integer.valueOf(Groups.usual(channels)) : groups;
    checkArgument(length >= 1, "length must be at least 1, got %s", length);
    checkArgument(
        inputChannels >= 1 && outputChannels >= 1,
        "input-channels and output-channels must be at least 1, got %s and %s",
        inputChannels,
        outputChannels);
    Groups.checkWidth(channels, groups);
    TimeEmbedding.checkWidth(channels);
    checkArgument(blocks >= 1, "blocks must be at least 1, got %s", blocks);
    checkArgument(
        headChannels == 0 || headChannels > 0 && channels % headChannels == 0,
        "head-channels must be 0 or divide channels (%s), got %s",
        channels,
        headChannels);
    checkArgument(mlpRatio >= 1, "mlp-ratio must be at least 1, got %s", mlpRatio);
    checkArgument(dropout >= 0 && dropout < 1, "dropout must be in [0, 1), got %s", dropout);
    ClassEmbedding.checkLabels(classes, labelDropout);
  }

  @Override
  public TransformerConfig withOutputChannels(int other) {
    return new TransformerConfig(
        length,
        inputChannels,
        other,
        channels,
        blocks,
        headChannels,
        mlpRatio,
        positions,
        dropout,
        groups,
        classes,
        labelDropout);
  }

  @Override
  public NetworkSpec spec() {
    List<EmbeddingNode> embedding = new ArrayList<>();
    embedding.add(new TimeEmbedding(channels, channels));
    if (classes > 0) {
      embedding.add(new ClassEmbedding(classes, channels));
    }
    return new NetworkSpec(embedding, body());
  }

  private List<BodyNode> body() {
    Shape wide = Shape.of(channels, 1, length);
    int heads = headChannels == 0 ? 1 : channels / headChannels;
    int hidden = Math.multiplyExact(mlpRatio, channels);
    List<BodyNode> body = new ArrayList<>();
    body.add(new Convolution("in", inputShape(), channels, 1, 1));
    if (positions == Positions.LEARNED) {
      body.add(new LearnedPositions("positions", wide));
    }
    for (int i = 0; i < blocks; i++) {
      String name = "block_" + i;
      body.add(new Attention(name + ".attn", wide, groups, heads));
      body.add(
          new ResidualBlock(
              name + ".mlp", wide, hidden, channels, Kernel.POINT, channels, groups, dropout, i));
    }
    body.add(new NormActivation("norm_out", wide, groups));
    body.add(new Convolution("out", wide, outputChannels, 1, ParameterSpec.NEAR_ZERO));
    return body;
  }

  /** Shape of one input: [input channels, 1, length]. */
  @Override
  public Shape inputShape() {
    return Shape.of(inputChannels, 1, length);
  }

  /** Shape of one output: [output channels, 1, length]. */
  @Override
  public Shape outputShape() {
    return Shape.of(outputChannels, 1, length);
  }
}
