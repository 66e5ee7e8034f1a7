package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.List;

/**
 * Nearest neighbour, twice the height and width, then a 3×3 convolution.
 *
 * @param in [C, H, W]
 */
public record Upsample(String name, Shape in) implements BodyNode {
  @Override
  public Shape out() {
    return Shape.of(in.dim(0), 2 * in.dim(1), 2 * in.dim(2));
  }

  /** Name of the convolution. */
  public String convolution() {
    return name + ".conv";
  }

  @Override
  public List<ParameterSpec> parameters() {
    return ParameterSpec.convolution(convolution(), in, in.dim(0), 3, 1);
  }

  @Override
  public long flops() {
    return Flops.convolution(in.dim(0), out(), 3);
  }

  /** The larger input and the result. */
  @Override
  public Activations activations() {
    return Activations.of(2L * out().length());
  }
}
