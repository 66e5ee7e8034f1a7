package io.sparkddpm.interchange;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.network.UNetConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The configuration of diffusers' {@code UNet2DModel}. Its defaults, which hold where a key is
 * absent, are those of diffusers 0.30; several of them (eight channels a head, a padding all round,
 * {@code freq_shift} 0) are not those of the networks of Ho et al. 2020.
 */
public final class DiffusersUNet {
  private static final String CLASS = "UNet2DModel";
  private static final String DOWN = "DownBlock2D";
  private static final String UP = "UpBlock2D";
  private static final String ATTENTION = "Attn";
  private static final List<String> DOWN_TYPES =
      List.of(DOWN, ATTENTION + DOWN, ATTENTION + DOWN, ATTENTION + DOWN);
  private static final List<String> UP_TYPES =
      List.of(ATTENTION + UP, ATTENTION + UP, ATTENTION + UP, UP);
  private static final double EPSILON = 1e-6;

  private DiffusersUNet() {}

  /**
   * The network of a {@code config.json}.
   *
   * @param origin the file's name, for messages
   * @throws io.sparkddpm.error.UserException naming every key that cannot be represented here
   */
  public static UNetConfig read(String json, String origin) {
    ForeignConfig config = new ForeignConfig(json, origin);
    if (!config.text("_class_name", "").equals(CLASS)) {
      config.problem(
          "_class_name", null, CLASS + " and " + DiffusersAutoencoder.CLASS + " are supported");
    }
    config.require("act_fn", "silu", "silu");
    config.require("add_attention", true, true);
    config.require("center_input_sample", false, false);
    config.require("class_embed_type", null, null);
    config.require("downsample_padding", 1, 0);
    config.require("downsample_type", "conv", "conv");
    config.require("flip_sin_to_cos", true, false);
    config.require("freq_shift", 0, 1);
    config.require("mid_block_scale_factor", 1, 1);
    config.require("mid_block_type", "UNetMidBlock2D", "UNetMidBlock2D");
    config.require("norm_eps", 1e-5, EPSILON);
    config.require("resnet_time_scale_shift", "default", "default");
    config.require("time_embedding_type", "positional", "positional");
    config.require("upsample_type", "conv", "conv");
    config.ignore("num_train_timesteps"); // of a learned embedding of timesteps alone
    int size = config.integer("sample_size", null, 0);
    if (size < 1) {
      config.problem("sample_size", null, "height and width of the images are needed");
    }
    List<Integer> widths = config.integers("block_out_channels", List.of(224, 448, 672, 896));
    List<Integer> multipliers = multipliers(config, widths);
    int channels = widths.isEmpty() ? 1 : widths.get(0);
    int groups = config.integer("norm_num_groups", 32, Math.max(1, Math.min(channels / 4, 32)));
    int attentionGroups = config.integer("attn_norm_num_groups", null, groups);
    if (attentionGroups != groups) {
      config.problem("attn_norm_num_groups", null, "only that of norm_num_groups is supported");
    }
    int width = config.integer("time_embedding_dim", null, 4 * channels);
    if (width != 4 * channels) {
      config.problem("time_embedding_dim", null, "only 4 block_out_channels[0] is supported");
    }
    List<Integer> attention = attention(config, size, multipliers.size());
    int input = config.integer("in_channels", 3, 3);
    int output = config.integer("out_channels", 3, 3);
    int blocks = config.integer("layers_per_block", 2, 2);
    int classes = config.integer("num_class_embeds", null, 0);
    int headChannels = config.integer("attention_head_dim", 8, 0);
    double dropout = config.number("dropout", 0);
    config.check();
    try {
      return new UNetConfig(
          size,
          input,
          output,
          channels,
          multipliers,
          blocks,
          attention,
          dropout,
          groups,
          classes,
          0,
          headChannels,
          0);
    } catch (IllegalArgumentException e) {
      throw config.refused(e);
    }
  }

  /** Widths in units of the first one. */
  static List<Integer> multipliers(ForeignConfig config, List<Integer> widths) {
    List<Integer> multipliers = new ArrayList<>();
    for (int width : widths) {
      if (widths.get(0) < 1 || width < 1 || width % widths.get(0) != 0) {
        config.problem("block_out_channels", null, "all must be multiples of the first");
        return List.of(1);
      }
      multipliers.add(width / widths.get(0));
    }
    return multipliers;
  }

  /** Resolutions with attention, from the types of the blocks. */
  private static List<Integer> attention(ForeignConfig config, int size, int levels) {
    List<String> down = config.texts("down_block_types", DOWN_TYPES);
    List<String> up = config.texts("up_block_types", UP_TYPES);
    List<Integer> attention = new ArrayList<>();
    for (int level = 0; level < down.size(); level++) {
      if (down.get(level).equals(ATTENTION + DOWN)) {
        attention.add(size >> level);
      } else if (!down.get(level).equals(DOWN)) {
        config.problem(
            "down_block_types", DOWN_TYPES, "only DownBlock2D and AttnDownBlock2D are supported");
      }
    }
    List<String> mirrored = new ArrayList<>(down);
    Collections.reverse(mirrored);
    mirrored.replaceAll(type -> type.replace(DOWN, UP));
    if (down.size() != levels) {
      config.problem("down_block_types", DOWN_TYPES, "there must be as many as block_out_channels");
    }
    if (!mirrored.equals(up)) {
      config.problem(
          "up_block_types", UP_TYPES, "only the mirror image of down_block_types is supported");
    }
    return attention;
  }

  /**
   * The keys of a {@code config.json}, in alphabetical order. How often labels are withheld in
   * training is not among them.
   *
   * @throws IllegalArgumentException if diffusers has no such network
   */
  public static Map<String, Object> write(UNetConfig network) {
    checkArgument(
        network.separateTimes() == 0,
        "its networks have one embedding of all timesteps, not model.separate-times = %s",
        network.separateTimes());
    List<Integer> widths = new ArrayList<>();
    List<String> down = new ArrayList<>();
    List<String> up = new ArrayList<>();
    for (int level = 0; level < network.multipliers().size(); level++) {
      widths.add(network.width(level));
      boolean attends = network.attention().contains(network.imageSize() >> level);
      down.add((attends ? ATTENTION : "") + DOWN);
      up.add(0, (attends ? ATTENTION : "") + UP);
    }
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("_class_name", CLASS);
    config.put("act_fn", "silu");
    config.put("add_attention", true);
    config.put("attention_head_dim", network.headChannels() == 0 ? null : network.headChannels());
    config.put("block_out_channels", widths);
    config.put("center_input_sample", false);
    config.put("class_embed_type", null);
    config.put("down_block_types", down);
    config.put("downsample_padding", 0);
    config.put("downsample_type", "conv");
    config.put("dropout", network.dropout());
    config.put("flip_sin_to_cos", false);
    config.put("freq_shift", 1);
    config.put("in_channels", network.inputChannels());
    config.put("layers_per_block", network.blocks());
    config.put("mid_block_scale_factor", 1);
    config.put("norm_eps", EPSILON);
    config.put("norm_num_groups", network.groups());
    config.put("num_class_embeds", network.classes() == 0 ? null : network.classes());
    config.put("out_channels", network.outputChannels());
    config.put("resnet_time_scale_shift", "default");
    config.put("sample_size", network.imageSize());
    config.put("time_embedding_type", "positional");
    config.put("up_block_types", up);
    config.put("upsample_type", "conv");
    return config;
  }
}
