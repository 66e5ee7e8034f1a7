package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.tensor.Shape;
import java.util.List;

/**
 * The U-Net of Ho et al. 2020 (app. B) for signals [C, 1, L], such as sounds: the same nodes with
 * kernels of three places along the length, which each level but the last halves.
 */
@Variant(value = "unet1d", description = "the same along one dimension, for sounds")
public record UNet1dConfig(
    @Key(
            value =
                "values of a signal, as many as shard.format.samples; divisible by 2^(levels−1)",
            range = "[1, inf)")
        int length,
    @Key(value = "channels of x_t", range = "[1, inf)") int inputChannels,
    @Key(
            value =
                "channels of the prediction, as many as of x_t; twice as many, without being set,"
                    + " where diffusion.variance is learned",
            range = "[1, inf)")
        int outputChannels,
    @Key(value = "base width, a multiple of groups", range = "[1, inf)") int channels,
    @Key(
            value =
                "width of each level, in units of channels; each level but the last halves the"
                    + " length; 1 to 16 levels",
            range = "[1, inf)")
        List<Integer> multipliers,
    @Key(
            value = "residual blocks per level on the way down (one more on the way up)",
            range = "[1, inf)")
        int blocks,
    @Key("lengths at which self-attention follows each residual block; the middle always has it")
        List<Integer> attention,
    @Key(value = "probability of dropping an activation inside a residual block", range = "[0, 1)")
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
        double labelDropout,
    @Key(
            value =
                "channels of an attention head, a divisor of the attention's; 0: one head with all"
                    + " of them",
            range = "[0, inf)")
        int headChannels)
    implements NetworkConfig {
  /** For about a second at 16 kHz; its last level has 128 places. */
  public static final UNet1dConfig DEFAULTS =
      new UNet1dConfig(
          16_384, 1, 1, 64, List.of(1, 1, 2, 2, 4, 4, 4, 4), 2, List.of(256), 0, null, 0, 0, 0);

  private static final long serialVersionUID = 1L;

  /**
   * Checks the ranges.
   *
   * @param groups null: as a U-Net has them
   */
  public UNet1dConfig {
    checkArgument(
        length >= 1 && multipliers.size() <= 16 && length % (1 << (multipliers.size() - 1)) == 0,
        "length must be divisible by 2^(levels−1) for 1 to 16 levels, got %s for %s levels",
        length,
        multipliers.size());
    UNetConfig nodes =
        new UNetConfig(
            length,
            inputChannels,
            outputChannels,
            channels,
            multipliers,
            blocks,
            attention,
            dropout,
            groups,
            classes,
            labelDropout,
            headChannels,
            0);
    groups = nodes.groups();
    multipliers = nodes.multipliers();
    attention = nodes.attention();
  }

  @Override
  public UNet1dConfig withOutputChannels(int other) {
    return new UNet1dConfig(
        length,
        inputChannels,
        other,
        channels,
        multipliers,
        blocks,
        attention,
        dropout,
        groups,
        classes,
        labelDropout,
        headChannels);
  }

  @Override
  public NetworkSpec spec() {
    UNetConfig nodes =
        new UNetConfig(
            length,
            inputChannels,
            outputChannels,
            channels,
            multipliers,
            blocks,
            attention,
            dropout,
            groups,
            classes,
            labelDropout,
            headChannels,
            0);
    return UNetSpec.of(nodes, inputShape(), Kernel.row(3));
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
