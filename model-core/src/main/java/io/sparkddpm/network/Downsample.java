package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.List;

/**
 * A 3×3 convolution with stride 2, padded right and bottom only; halves height and width.
 *
 * @param in [C, H, W], H and W even
 */
public record Downsample(String name, Shape in) implements BodyNode {
  @Override
  public Shape out() {
    return Shape.of(in.dim(0), in.dim(1) / 2, in.dim(2) / 2);
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

  /** The padded input and the result. */
  @Override
  public Activations activations() {
    long padded = (long) in.dim(0) * (in.dim(1) + 1) * (in.dim(2) + 1);
    return Activations.of(padded + out().length());
  }
}
