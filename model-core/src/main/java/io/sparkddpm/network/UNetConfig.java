package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.tensor.Shape;
import java.util.List;

/** Shape of the U-Net of Ho et al. 2020 (app. B), official layout. */
@Variant(value = "unet", description = "the U-Net of Ho et al. 2020 and what grew from it")
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
    @Key(value = "base width, a multiple of groups", range = "[1, inf)") int channels,
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
        double dropout,
    @Key(
            value =
                "groups of every GroupNorm; with one channel a group a network cannot learn an"
                    + " image's brightness, nor some blocks the time",
            range = "[1, inf)",
            absent = "32",
            derived = "min(32, channels/4)")
        Integer groups,
    @Key(
            value = "classes that the network knows, those of its dataset; 0: it knows none",
            range = "[0, inf)",
            absent = "0")
        int classes,
    @Key(
            value =
                "share of training examples whose label is withheld, so that the network learns to"
                    + " do without (Ho and Salimans 2022)",
            range = "[0, 1)",
            absent = "0.0")
        double labelDropout,
    @Key(
            value =
                "channels of an attention head, a divisor of the attention's; 0: one head with all"
                    + " of them, as the paper's networks have",
            range = "[0, inf)",
            absent = "0")
        int headChannels,
    @Key(
            value =
                "timesteps with a learned vector each, as many as schedule.steps, in place of the"
                    + " embedding of the time that all share; 0: they share it (training.md)",
            range = "[0, inf)",
            absent = "0")
        int separateTimes)
    implements NetworkConfig {
  /** CIFAR-10's: 35,746,307 parameters. */
  public static final UNetConfig DEFAULTS =
      new UNetConfig(32, 3, 3, 128, List.of(1, 2, 2, 2), 2, List.of(16), 0.1);

  /** A network of 32 groups and one head that knows no classes, as the paper's are. */
  public UNetConfig(
      int imageSize,
      int inputChannels,
      int outputChannels,
      int channels,
      List<Integer> multipliers,
      int blocks,
      List<Integer> attention,
      double dropout) {
    this(
        imageSize,
        inputChannels,
        outputChannels,
        channels,
        multipliers,
        blocks,
        attention,
        dropout,
        Groups.MOST,
        0,
        0,
        0,
        0);
  }

  /**
   * Checks the ranges.
   *
   * @param groups null: as many as divide the channels, at most 32 and at least 4 channels each
   *     where there are so many
   */
  public UNetConfig {
    groups = groups == null ? Integer.valueOf(Groups.usual(channels)) : groups;
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
    Groups.checkWidth(channels, groups);
    TimeEmbedding.checkWidth(channels);
    ClassEmbedding.checkLabels(classes, labelDropout);
    checkArgument(separateTimes >= 0, "separate-times must not be negative, got %s", separateTimes);
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
    for (int level = 0; level < multipliers.size(); level++) {
      int width = channels * multipliers.get(level);
      boolean attends = level == multipliers.size() - 1 || attention.contains(imageSize >> level);
      checkArgument(
          !attends || headChannels == 0 || headChannels > 0 && width % headChannels == 0,
          "head-channels must be 0 or divide the channels of every attention, got %s for %s",
          headChannels,
          width);
    }
  }

  @Override
  public UNetConfig withOutputChannels(int other) {
    return with(other, channels);
  }

  /** The same with another base width. */
  public UNetConfig withChannels(int other) {
    return with(outputChannels, other);
  }

  private UNetConfig with(int otherOutputChannels, int otherChannels) {
    return new UNetConfig(
        imageSize,
        inputChannels,
        otherOutputChannels,
        otherChannels,
        multipliers,
        blocks,
        attention,
        dropout,
        groups,
        classes,
        labelDropout,
        headChannels,
        separateTimes);
  }

  @Override
  public int timesteps() {
    return separateTimes;
  }

  /** Width of level {@code level}. */
  public int width(int level) {
    return channels * multipliers.get(level);
  }

  /** Heads of an attention with so many channels. */
  public int heads(int attended) {
    return headChannels == 0 ? 1 : attended / headChannels;
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
