package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.tensor.Shape;
import java.util.List;
import java.util.Optional;

/**
 * A classifier of noisy images: the way down and the middle of a U-Net; Dhariwal and Nichol 2021
 * (arXiv:2105.05233), sec. 4. Its output has a channel for each class and the smallest height and
 * width of the U-Net: a class's logit is the mean of its channel.
 */
@Variant(
    value = "classifier",
    description =
        "half a U-Net that classifies noisy images, for sample.guidance (Dhariwal and Nichol 2021)")
public record ClassifierConfig(
    @Key(value = "height and width of the images, divisible by 2^(levels−1)", range = "[1, inf)")
        int imageSize,
    @Key(value = "channels of x_t", range = "[1, inf)") int inputChannels,
    @Key(value = "classes that it tells apart, those of its dataset", range = "[2, inf)")
        int classes,
    @Key(value = "base width, a multiple of groups", range = "[1, inf)") int channels,
    @Key(
            value = "width of each resolution level, in units of channels; 1 to 16 levels",
            range = "[1, inf)")
        List<Integer> multipliers,
    @Key(value = "residual blocks per level", range = "[1, inf)") int blocks,
    @Key(
            "resolutions at which self-attention follows each residual block; the middle always has"
                + " it")
        List<Integer> attention,
    @Key(value = "probability of dropping an activation inside a residual block", range = "[0, 1)")
        double dropout,
    @Key(value = "groups of every GroupNorm", range = "[1, inf)", derived = "min(32, channels/4)")
        Integer groups,
    @Key(
            value =
                "channels of an attention head, a divisor of the attention's; 0: one head with all"
                    + " of them",
            range = "[0, inf)")
        int headChannels)
    implements NetworkConfig {
  /** For CIFAR-10, half as wide as its U-Net. */
  public static final ClassifierConfig DEFAULTS =
      new ClassifierConfig(32, 3, 10, 64, List.of(1, 2, 2, 2), 2, List.of(16), 0.1, null, 0);

  private static final long serialVersionUID = 1L;

  /**
   * Checks the ranges.
   *
   * @param groups null: as a U-Net has them
   */
  public ClassifierConfig {
    checkArgument(classes >= 2, "classes must be at least 2, got %s", classes);
    UNetConfig body =
        body(
            imageSize,
            inputChannels,
            channels,
            multipliers,
            blocks,
            attention,
            dropout,
            groups,
            headChannels);
    groups = body.groups();
    multipliers = body.multipliers();
    attention = body.attention();
  }

  /** The same without dropout, with the same parameters: to evaluate what was trained. */
  public ClassifierConfig withoutDropout() {
    return new ClassifierConfig(
        imageSize,
        inputChannels,
        classes,
        channels,
        multipliers,
        blocks,
        attention,
        0,
        groups,
        headChannels);
  }

  @Override
  public Optional<String> objective() {
    return Optional.of("cross-entropy");
  }

  @Override
  public NetworkSpec spec() {
    UNetConfig body =
        body(
            imageSize,
            inputChannels,
            channels,
            multipliers,
            blocks,
            attention,
            dropout,
            groups,
            headChannels);
    return UNetSpec.classifier(body, classes);
  }

  /** The U-Net whose first half it is; checks the ranges. */
  private static UNetConfig body(
      int imageSize,
      int inputChannels,
      int channels,
      List<Integer> multipliers,
      int blocks,
      List<Integer> attention,
      double dropout,
      Integer groups,
      int headChannels) {
    return new UNetConfig(
        imageSize,
        inputChannels,
        inputChannels,
        channels,
        multipliers,
        blocks,
        attention,
        dropout,
        groups,
        0,
        0,
        headChannels,
        0);
  }

  /** Shape of one input: [input channels, size, size]. */
  @Override
  public Shape inputShape() {
    return Shape.of(inputChannels, imageSize, imageSize);
  }

  /** Shape of one output: [classes, smallest size, smallest size]. */
  @Override
  public Shape outputShape() {
    int size = imageSize >> (multipliers.size() - 1);
    return Shape.of(classes, size, size);
  }
}
