package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Puts the nodes of an {@link AutoencoderConfig} together, as diffusers does. */
final class AutoencoderSpec {
  private final AutoencoderConfig config;
  private final List<BodyNode> body = new ArrayList<>();
  private Shape shape;
  private String prefix;

  private AutoencoderSpec(AutoencoderConfig config, Shape input) {
    this.config = config;
    this.shape = input;
  }

  static NetworkSpec whole(AutoencoderConfig config) {
    AutoencoderSpec spec = new AutoencoderSpec(config, config.inputShape());
    spec.buildEncoder();
    spec.add(new KeepSkip(spec.shape));
    spec.add(new GaussianDraw(spec.shape));
    spec.buildDecoder();
    spec.add(new JoinFlat(spec.shape, config.moments()));
    return spec.spec();
  }

  static NetworkSpec encoder(AutoencoderConfig config) {
    AutoencoderSpec spec = new AutoencoderSpec(config, config.inputShape());
    spec.buildEncoder();
    return spec.spec();
  }

  static NetworkSpec decoder(AutoencoderConfig config) {
    AutoencoderSpec spec = new AutoencoderSpec(config, config.latent());
    spec.buildDecoder();
    return spec.spec();
  }

  private NetworkSpec spec() {
    return new NetworkSpec(List.of(), body);
  }

  private void buildEncoder() {
    prefix = "encoder.";
    convolution("conv_in", config.channels());
    int levels = config.multipliers().size();
    for (int level = 0; level < levels; level++) {
      for (int block = 0; block < config.blocks(); block++) {
        residual("down_" + level + "_block_" + block, config.width(level));
      }
      if (level != levels - 1) {
        add(new Downsample(prefix + "down_" + level + "_downsample", shape));
      }
    }
    middle();
    end(config.moments().dim(0));
    if (config.latentConvolutions()) {
      add(new Convolution("quant_conv", shape, shape.dim(0), 1, 1));
    }
  }

  private void buildDecoder() {
    if (config.latentConvolutions()) {
      add(new Convolution("post_quant_conv", shape, shape.dim(0), 1, 1));
    }
    prefix = "decoder.";
    int levels = config.multipliers().size();
    convolution("conv_in", config.width(levels - 1));
    middle();
    for (int level = levels - 1; level >= 0; level--) {
      for (int block = 0; block <= config.blocks(); block++) {
        residual("up_" + level + "_block_" + block, config.width(level));
      }
      if (level != 0) {
        add(new Upsample(prefix + "up_" + level + "_upsample", shape));
      }
    }
    end(config.inputChannels());
  }

  private void middle() {
    residual("mid_block_1", shape.dim(0));
    if (config.attention()) {
      add(new Attention(prefix + "mid_attn_1", shape, config.groups(), 1));
    }
    residual("mid_block_2", shape.dim(0));
  }

  private void end(int channels) {
    add(new NormActivation(prefix + "norm_out", shape, config.groups()));
    convolution("conv_out", channels);
  }

  private void convolution(String name, int channels) {
    add(new Convolution(prefix + name, shape, channels, 3, 1));
  }

  private void residual(String name, int width) {
    add(new ResidualBlock(prefix + name, shape, width, 3, 0, config.groups(), 0, 0));
  }

  private void add(BodyNode node) {
    body.add(node);
    shape = node.out();
  }
}
