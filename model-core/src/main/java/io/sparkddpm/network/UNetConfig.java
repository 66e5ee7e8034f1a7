package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.tensor.Shape;
import java.util.List;

/** Shape of the U-Net of Ho et al. 2020 (app. B), official layout. */
public record UNetConfig(
    @Key(value = "height and width of the images, divisible by 2^(levels−1)", range = "[1, inf)")
        int imageSize,
    @Key(value = "channels of x_t", range = "[1, inf)") int inputChannels,
    @Key(
            value =
                "channels of the prediction, as many as of x_t; twice as many, without being set,"
                    + " where diffusion.variance is learned",
            range = "[1, inf)")
        int outputChannels,
    @Key(value = "base width, a multiple of 32 (GroupNorm has 32 groups)", range = "[32, inf)")
        int channels,
    @Key(
            value = "width of each resolution level, in units of channels; 1 to 16 levels",
            range = "[1, inf)")
        List<Integer> multipliers,
    @Key(
            value = "residual blocks per level on the way down (one more on the way up)",
            range = "[1, inf)")
        int blocks,
    @Key(
            "resolutions at which self-attention follows each residual block; the middle always has"
                + " it")
        List<Integer> attention,
    @Key(value = "probability of dropping an activation inside a residual block", range = "[0, 1)")
        double dropout)
    implements NetworkConfig {
  /** Groups of every GroupNorm. */
  static final int GROUPS = 32;

  /** CIFAR-10's: 35,746,307 parameters. */
  public static final UNetConfig DEFAULTS =
      new UNetConfig(32, 3, 3, 128, List.of(1, 2, 2, 2), 2, List.of(16), 0.1);

  /** Checks the ranges. */
  public UNetConfig {
    multipliers = List.copyOf(multipliers);
    attention = List.copyOf(attention);
    checkArgument(
        !multipliers.isEmpty() && multipliers.size() <= 16,
        "multipliers must name 1 to 16 levels, got %s",
        multipliers);
    checkArgument(
        multipliers.stream().allMatch(m -> m >= 1),
        "multipliers must be at least 1, got %s",
        multipliers);
    checkArgument(
        channels >= GROUPS && channels % GROUPS == 0,
        "channels must be a multiple of %s (GroupNorm has %s groups), got %s",
        GROUPS,
        GROUPS,
        channels);
    checkArgument(
        inputChannels >= 1 && outputChannels >= 1,
        "input-channels and output-channels must be at least 1, got %s and %s",
        inputChannels,
        outputChannels);
    checkArgument(blocks >= 1, "blocks must be at least 1, got %s", blocks);
    int divisor = 1 << (multipliers.size() - 1);
    checkArgument(
        imageSize >= divisor && imageSize % divisor == 0,
        "image-size must be divisible by %s for %s levels, got %s",
        divisor,
        multipliers.size(),
        imageSize);
    checkArgument(dropout >= 0 && dropout < 1, "dropout must be in [0, 1), got %s", dropout);
  }

  /** The same with another number of output channels. */
  public UNetConfig withOutputChannels(int channelsOut) {
    return new UNetConfig(
        imageSize, inputChannels, channelsOut, channels, multipliers, blocks, attention, dropout);
  }

  /** Width of level {@code level}. */
  public int width(int level) {
    return channels * multipliers.get(level);
  }

  /** Width of the time embedding: 4·channels. */
  public int embeddingWidth() {
    return 4 * channels;
  }

  @Override
  public NetworkSpec spec() {
    return UNetSpec.of(this);
  }

  /** Shape of one input: [input channels, size, size]. */
  @Override
  public Shape inputShape() {
    return Shape.of(inputChannels, imageSize, imageSize);
  }

  /** Shape of one output: [output channels, size, size]. */
  @Override
  public Shape outputShape() {
    return Shape.of(outputChannels, imageSize, imageSize);
  }
}
