package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.List;

/**
 * GroupNorm, SiLU, convolution, a shift per channel from the embedding, GroupNorm, SiLU, dropout,
 * convolution, and the shortcut (a 1×1 convolution where the width changes); Ho et al. 2020, app.
 * B. Without an embedding there is no shift, as in the autoencoders of Rombach et al. 2022.
 *
 * @param in [C, H, W]
 * @param hidden channels between the convolutions, as many as of the output in the paper
 * @param channels of its output
 * @param kernel of both convolutions; 3×3 in the paper, 1×1 for items whose places are to know
 *     nothing of each other
 * @param embedding width of the embedding whose SiLU the shift is a linear map of; 0: no shift
 * @param groups of both norms
 * @param dropout probability to drop an activation before the second convolution, in [0, 1)
 * @param layer its place among the blocks that drop, which keys its masks
 */
public record ResidualBlock(
    String name,
    Shape in,
    int hidden,
    int channels,
    Kernel kernel,
    int embedding,
    int groups,
    double dropout,
    int layer)
    implements BodyNode {
  /**
   * One with square kernels that is as wide between them as its output.
   *
   * @param kernel height and width, odd
   */
  public ResidualBlock(
      String name,
      Shape in,
      int channels,
      int kernel,
      int embedding,
      int groups,
      double dropout,
      int layer) {
    this(name, in, channels, channels, Kernel.square(kernel), embedding, groups, dropout, layer);
  }

  /** Checks the groups. */
  public ResidualBlock {
    Groups.check(name + ".norm1", in.dim(0), groups);
    Groups.check(name + ".norm2", hidden, groups);
  }

  @Override
  public Shape out() {
    return in.withDim(0, channels);
  }

  private Shape middle() {
    return in.withDim(0, hidden);
  }

  /** Whether the shortcut is a convolution. */
  public boolean widens() {
    return in.dim(0) != channels;
  }

  /** Whether it reads an embedding. */
  public boolean isShifted() {
    return embedding > 0;
  }

  @Override
  public List<ParameterSpec> parameters() {
    return ParameterSpec.concat(
        ParameterSpec.norm(norm1(), in.dim(0)),
        ParameterSpec.convolution(conv1(), in, hidden, kernel, 1),
        isShifted() ? ParameterSpec.dense(projection(), embedding, hidden) : List.of(),
        ParameterSpec.norm(norm2(), hidden),
        ParameterSpec.convolution(conv2(), middle(), channels, kernel, ParameterSpec.NEAR_ZERO),
        widens()
            ? ParameterSpec.convolution(shortcut(), in, channels, Kernel.POINT, 1)
            : List.of());
  }

  @Override
  public long flops() {
    Shape out = out();
    return Flops.convolution(in.dim(0), middle(), kernel)
        + Flops.dense(embedding, hidden)
        + Flops.convolution(hidden, out, kernel)
        + (widens() ? Flops.convolution(in.dim(0), out, Kernel.POINT) : 0);
  }

  /**
   * The first norm and its activation; the first convolution, the second norm and its activation, a
   * mask and what it leaves; the result.
   */
  @Override
  public Activations activations() {
    long between = (dropout > 0 ? 5L : 3L) * middle().length();
    return Activations.of(2L * in.length() + between + out().length());
  }

  /** Name of the first norm. */
  public String norm1() {
    return name + ".norm1";
  }

  /** Name of the first convolution. */
  public String conv1() {
    return name + ".conv1";
  }

  /** Name of the dense layer that makes the shift. */
  public String projection() {
    return name + ".temb_proj";
  }

  /** Name of the second norm. */
  public String norm2() {
    return name + ".norm2";
  }

  /** Name of the second convolution. */
  public String conv2() {
    return name + ".conv2";
  }

  /** Name of the shortcut, where it is a convolution. */
  public String shortcut() {
    return name + ".nin_shortcut";
  }
}
