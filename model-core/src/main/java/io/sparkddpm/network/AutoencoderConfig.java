package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.tensor.Shape;
import java.util.List;
import java.util.Optional;

/**
 * The autoencoder of latent diffusion, Rombach et al. 2022 (arXiv:2112.10752), app. G, in the
 * layout of diffusers' {@code AutoencoderKL}. As a network it encodes an image, draws a latent and
 * decodes it, and gives the image that comes out and then the moments of the latent, flat ({@link
 * #moments}). {@link #encoder} and {@link #decoder} are its halves.
 */
@Variant(
    value = "autoencoder",
    description =
        "between images and latents, for training.objective.type=reconstruction (Rombach et al."
            + " 2022)")
public record AutoencoderConfig(
    @Key(value = "height and width of the images, divisible by 2^(levels−1)", range = "[1, inf)")
        int imageSize,
    @Key(value = "channels of the images", range = "[1, inf)") int inputChannels,
    @Key(value = "channels of the latents", range = "[1, inf)") int latentChannels,
    @Key(value = "base width, a multiple of groups", range = "[1, inf)") int channels,
    @Key(
            value =
                "width of each resolution level, in units of channels; each level but the last"
                    + " halves height and width",
            range = "[1, inf)")
        List<Integer> multipliers,
    @Key(
            value = "residual blocks per level of the encoder (one more in the decoder)",
            range = "[1, inf)")
        int blocks,
    @Key("whether the middle of encoder and decoder has self-attention") boolean attention,
    @Key("whether a 1×1 convolution ends the encoder and another one begins the decoder")
        boolean latentConvolutions,
    @Key(value = "groups of every GroupNorm", range = "[1, inf)", derived = "min(32, channels/4)")
        Integer groups,
    @Key(
            value =
                "what latents are multiplied by before a diffusion model sees them; 0: one by their"
                    + " deviation, measured when a dataset is encoded",
            range = "[0, inf)")
        double latentScale)
    implements NetworkConfig {
  /** 32×32 images in latents of 4×16×16. */
  public static final AutoencoderConfig DEFAULTS =
      new AutoencoderConfig(32, 3, 4, 64, List.of(1, 2), 2, true, true, null, 0);

  private static final long serialVersionUID = 1L;

  /**
   * Checks the ranges.
   *
   * @param groups null: as a U-Net has them
   */
  public AutoencoderConfig {
    multipliers = List.copyOf(multipliers);
    groups = groups == null ? Integer.valueOf(Groups.usual(channels)) : groups;
    checkArgument(
        !multipliers.isEmpty()
            && multipliers.size() <= 16
            && multipliers.stream().allMatch(m -> m >= 1),
        "multipliers must name 1 to 16 levels, each at least 1, got %s",
        multipliers);
    Groups.checkWidth(channels, groups);
    checkArgument(
        inputChannels >= 1 && latentChannels >= 1,
        "input-channels and latent-channels must be at least 1, got %s and %s",
        inputChannels,
        latentChannels);
    checkArgument(blocks >= 1, "blocks must be at least 1, got %s", blocks);
    int factor = 1 << (multipliers.size() - 1);
    checkArgument(
        imageSize >= factor && imageSize % factor == 0,
        "image-size must be divisible by %s for %s levels, got %s",
        factor,
        multipliers.size(),
        imageSize);
    checkArgument(
        latentScale >= 0 && latentScale <= Double.MAX_VALUE,
        "latent-scale must not be negative, got %s",
        latentScale);
  }

  /** Width of level {@code level}. */
  int width(int level) {
    return channels * multipliers.get(level);
  }

  @Override
  public Optional<String> objective() {
    return Optional.of("reconstruction");
  }

  @Override
  public NetworkSpec spec() {
    return AutoencoderSpec.whole(this);
  }

  /** From an image to the moments of its latent; its parameters are the first of {@link #spec}. */
  public NetworkConfig encoder() {
    return new Half(this, true);
  }

  /** From a latent to an image; its parameters are the last of {@link #spec}. */
  public NetworkConfig decoder() {
    return new Half(this, false);
  }

  private record Half(AutoencoderConfig whole, boolean encodes) implements NetworkConfig {
    private static final long serialVersionUID = 1L;

    @Override
    public NetworkSpec spec() {
      return encodes ? AutoencoderSpec.encoder(whole) : AutoencoderSpec.decoder(whole);
    }
  }

  /** Shape of an image. */
  @Override
  public Shape inputShape() {
    return Shape.of(inputChannels, imageSize, imageSize);
  }

  /** Shape of a latent. */
  public Shape latent() {
    int size = imageSize >> (multipliers.size() - 1);
    return Shape.of(latentChannels, size, size);
  }

  /** Shape of a latent's means, and after them its log-variances. */
  public Shape moments() {
    return latent().withDim(0, 2 * latentChannels);
  }
}
