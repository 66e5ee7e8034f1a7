package io.sparkddpm.interchange;

import io.sparkddpm.tensor.NamedTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that a program has for the tensors of the U-Net of Ho et al. 2020 and of the
 * autoencoder of Rombach et al. 2022, whose halves are named as the U-Net is after {@code encoder.}
 * and {@code decoder.}; and their layout there. A new one is a constant with its names.
 */
public enum KeyForm {
  /** Ours, as checkpoints have them. */
  OURS {
    @Override
    List<String> names(String ours, int levels) {
      return List.of(ours);
    }
  },

  /** {@code UNet2DModel} of diffusers. */
  DIFFUSERS {
    @Override
    List<String> names(String ours, int levels) {
      return List.of(
          half(ours) + diffusers(inHalf(ours), levels, ".to_q", ".to_k", ".to_v", ".to_out.0"));
    }
  },

  /** {@code UNet2DModel} of diffusers before release 0.12: other names in the attentions. */
  DIFFUSERS_OLD {
    @Override
    List<String> names(String ours, int levels) {
      return List.of(
          half(ours) + diffusers(inHalf(ours), levels, ".query", ".key", ".value", ".proj_attn"));
    }
  },

  /**
   * pesser/pytorch_diffusion, and the autoencoders of CompVis, which grew from it. Some of its
   * descendants call a downsampling {@code op}.
   */
  PESSER {
    @Override
    List<String> names(String ours, int levels) {
      if (ours.startsWith(CLASSES)) {
        return List.of();
      }
      String name =
          half(ours)
              + inHalf(ours)
                  .replaceFirst("^temb_dense", "temb.dense.")
                  .replaceFirst("^(down|up)_(\\d+)_(block|attn)_(\\d+)\\.", "$1.$2.$3.$4.")
                  .replaceFirst("^(down|up)_(\\d+)_", "$1.$2.")
                  .replaceFirst("^mid_", "mid.");
      String other = name.replace(".downsample.conv.", ".downsample.op.");
      return name.equals(other) ? List.of(name) : List.of(name, other);
    }
  },

  /** The official TensorFlow code; kernels are [height, width, in, out]. */
  TENSORFLOW {
    @Override
    List<String> names(String ours, int levels) {
      if (ours.startsWith(CLASSES)) {
        return List.of();
      }
      String path =
          ours.replaceFirst("^temb_", "temb/")
              .replaceFirst("^(down|up)_(\\d+)_", "$1_$2/")
              .replaceFirst("^mid_", "mid/")
              .replace('.', '/');
      boolean norm = NORM.matcher(path).find();
      return List.of(
          path.replaceFirst("/weight$", norm ? "/gamma" : "/W")
              .replaceFirst("/bias$", norm ? "/beta" : "/b"));
    }

    @Override
    List<String> suffixes() {
      return List.of("", ":0", AVERAGE, AVERAGE + ":0");
    }

    @Override
    List<Long> shape(List<Integer> ours) {
      List<Long> shape = new ArrayList<>();
      ours.subList(Math.min(2, ours.size()), ours.size()).forEach(n -> shape.add((long) n));
      for (int i = Math.min(2, ours.size()) - 1; i >= 0; i--) {
        shape.add((long) ours.get(i));
      }
      return shape;
    }

    /** Without the leading ones of a 1×1 kernel. */
    @Override
    List<Long> withoutPlaces(List<Long> shape) {
      boolean places = shape.size() == 4 && shape.get(0) == 1 && shape.get(1) == 1;
      return places ? shape.subList(2, 4) : shape;
    }

    /** [places, in, out] becomes [out, in, places]. */
    @Override
    float[] ordered(float[] values, List<Integer> ours) {
      if (ours.size() < 2) {
        return values;
      }
      int out = ours.get(0);
      int in = ours.get(1);
      int places = out * in == 0 ? 0 : values.length / out / in;
      float[] ordered = new float[values.length];
      for (int p = 0; p < places; p++) {
        for (int i = 0; i < in; i++) {
          for (int o = 0; o < out; o++) {
            ordered[(o * in + i) * places + p] = values[(p * in + i) * out + o];
          }
        }
      }
      return ordered;
    }
  };

  private static final String CLASSES = "class_embedding.";
  private static final Pattern NORM = Pattern.compile("(^|/)norm[^/]*/[^/]*$");
  private static final Pattern UP = Pattern.compile("^up_blocks\\.(\\d+)(\\..*)");
  private static final Pattern LEVEL = Pattern.compile("^(?:encoder\\.)?down_(\\d+)_.*");
  private static final Pattern HALF = Pattern.compile("^((?:encoder|decoder)\\.)(.*)");

  /** The running averages of {@code tf.train.ExponentialMovingAverage}. */
  private static final String AVERAGE = "/ExponentialMovingAverage";

  /**
   * Names that a tensor may have; none where the program has no such tensor.
   *
   * @param ours its name here
   * @param levels resolution levels of the network
   */
  abstract List<String> names(String ours, int levels);

  /** What may follow all names of a file. */
  List<String> suffixes() {
    return List.of("");
  }

  /** The shape there of a tensor of a shape here. */
  List<Long> shape(List<Integer> ours) {
    return ours.stream().map(Integer::longValue).toList();
  }

  /** A shape there without the places of a 1×1 kernel, which may be missing. */
  List<Long> withoutPlaces(List<Long> shape) {
    boolean places = shape.size() == 4 && shape.get(2) == 1 && shape.get(3) == 1;
    return places ? shape.subList(0, 2) : shape;
  }

  /** Values there in the order here. */
  float[] ordered(float[] values, List<Integer> ours) {
    return values;
  }

  /** The name that a tensor is written by. */
  public String name(String ours, int levels) {
    return names(ours, levels).get(0);
  }

  /** The shape that diffusers gives a tensor: attentions have dense layers there. */
  public static List<Integer> diffusersShape(NamedTensor tensor) {
    boolean dense = tensor.shape().size() == 4 && tensor.name().contains("_attn_");
    return dense ? tensor.shape().subList(0, 2) : tensor.shape();
  }

  /** Resolution levels of a network. */
  public static int levels(List<NamedTensor> layout) {
    int levels = 0;
    for (NamedTensor tensor : layout) {
      Matcher level = LEVEL.matcher(tensor.name());
      if (level.matches()) {
        levels = Math.max(levels, Integer.parseInt(level.group(1)) + 1);
      }
    }
    return levels;
  }

  /** Which half of an autoencoder a tensor is in; empty for one in neither. */
  private static String half(String ours) {
    Matcher half = HALF.matcher(ours);
    return half.matches() ? half.group(1) : "";
  }

  private static String inHalf(String ours) {
    return ours.substring(half(ours).length());
  }

  private static String diffusers(
      String ours, int levels, String query, String key, String value, String output) {
    String name =
        ours.replaceFirst("^temb_dense0\\.", "time_embedding.linear_1.")
            .replaceFirst("^temb_dense1\\.", "time_embedding.linear_2.")
            .replaceFirst("^norm_out\\.", "conv_norm_out.")
            .replaceFirst("^mid_block_1\\.", "mid_block.resnets.0.")
            .replaceFirst("^mid_block_2\\.", "mid_block.resnets.1.")
            .replaceFirst("^mid_attn_1\\.", "mid_block.attentions.0.")
            .replaceFirst("^(down|up)_(\\d+)_block_(\\d+)\\.", "$1_blocks.$2.resnets.$3.")
            .replaceFirst("^(down|up)_(\\d+)_attn_(\\d+)\\.", "$1_blocks.$2.attentions.$3.")
            .replaceFirst("^(down|up)_(\\d+)_(down|up)sample\\.", "$1_blocks.$2.$3samplers.0.")
            .replace(".temb_proj.", ".time_emb_proj.")
            .replace(".nin_shortcut.", ".conv_shortcut.");
    Matcher up = UP.matcher(name);
    if (up.matches()) { // numbered from the deepest on
      name = "up_blocks." + (levels - 1 - Integer.parseInt(up.group(1))) + up.group(2);
    }
    return !name.contains(".attentions.")
        ? name
        : name.replace(".norm.", ".group_norm.")
            .replace(".q.", query + ".")
            .replace(".k.", key + ".")
            .replace(".v.", value + ".")
            .replace(".proj_out.", output + ".");
  }
}
