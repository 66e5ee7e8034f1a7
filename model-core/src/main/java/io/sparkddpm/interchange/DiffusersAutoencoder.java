package io.sparkddpm.interchange;

import io.sparkddpm.network.AutoencoderConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The configuration of diffusers' {@code AutoencoderKL}. Its defaults, which hold where a key is
 * absent, are those of diffusers 0.30.
 */
public final class DiffusersAutoencoder {
  /** What {@code _class_name} says of it. */
  public static final String CLASS = "AutoencoderKL";

  private static final String DOWN = "DownEncoderBlock2D";
  private static final String UP = "UpDecoderBlock2D";
  private static final double SCALE = 0.18215;

  private DiffusersAutoencoder() {}

  /**
   * The network of a {@code config.json}.
   *
   * @param origin the file's name, for messages
   * @throws io.sparkddpm.error.UserException naming every key that cannot be represented here
   */
  public static AutoencoderConfig read(String json, String origin) {
    ForeignConfig config = new ForeignConfig(json, origin);
    config.require("_class_name", null, CLASS);
    config.require("act_fn", "silu", "silu");
    config.require("latents_mean", null, null);
    config.require("latents_std", null, null);
    config.require("shift_factor", null, null);
    config.ignore("force_upcast"); // of half precision alone
    int size = config.integer("sample_size", 32, 32);
    List<Integer> widths = config.integers("block_out_channels", List.of(64));
    List<Integer> multipliers = DiffusersUNet.multipliers(config, widths);
    requireAll(config, "down_block_types", DOWN, multipliers.size());
    requireAll(config, "up_block_types", UP, multipliers.size());
    int channels = config.integer("in_channels", 3, 3);
    if (config.integer("out_channels", 3, channels) != channels) {
      config.problem("out_channels", 3, "only that of in_channels is supported");
    }
    int latent = config.integer("latent_channels", 4, 4);
    int blocks = config.integer("layers_per_block", 1, 1);
    int groups = config.integer("norm_num_groups", 32, 32);
    boolean attention = config.bool("mid_block_add_attention", true);
    boolean convolutions = config.bool("use_quant_conv", true);
    if (config.bool("use_post_quant_conv", true) != convolutions) {
      config.problem("use_post_quant_conv", true, "only that of use_quant_conv is supported");
    }
    double scale = config.number("scaling_factor", SCALE);
    config.check();
    try {
      return new AutoencoderConfig(
          size,
          channels,
          latent,
          widths.get(0),
          multipliers,
          blocks,
          attention,
          convolutions,
          groups,
          scale);
    } catch (IllegalArgumentException e) {
      throw config.refused(e);
    }
  }

  private static void requireAll(ForeignConfig config, String key, String type, int levels) {
    List<String> absent = List.of(type);
    if (!config.texts(key, absent).equals(Collections.nCopies(levels, type))) {
      config.problem(key, absent, "only " + type + " for each of block_out_channels is supported");
    }
  }

  /**
   * The keys of a {@code config.json}, in alphabetical order. A scale that is measured with each
   * dataset is 1 there: latents are as the encoder gives them.
   */
  public static Map<String, Object> write(AutoencoderConfig network) {
    int levels = network.multipliers().size();
    List<Integer> widths = new ArrayList<>();
    network.multipliers().forEach(m -> widths.add(m * network.channels()));
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("_class_name", CLASS);
    config.put("act_fn", "silu");
    config.put("block_out_channels", widths);
    config.put("down_block_types", Collections.nCopies(levels, DOWN));
    config.put("force_upcast", true);
    config.put("in_channels", network.inputChannels());
    config.put("latent_channels", network.latentChannels());
    config.put("layers_per_block", network.blocks());
    config.put("mid_block_add_attention", network.attention());
    config.put("norm_num_groups", network.groups());
    config.put("out_channels", network.inputChannels());
    config.put("sample_size", network.imageSize());
    config.put("scaling_factor", network.latentScale() == 0 ? 1.0 : network.latentScale());
    config.put("up_block_types", Collections.nCopies(levels, UP));
    config.put("use_post_quant_conv", network.latentConvolutions());
    config.put("use_quant_conv", network.latentConvolutions());
    return config;
  }
}
