package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.List;

/**
 * A convolution with stride 2, padded right and bottom only; halves height and width, or the one
 * along which its kernel covers several places.
 *
 * @param in [C, H, W], what is halved even
 * @param kernel 3×3 for images
 */
public record Downsample(String name, Shape in, Kernel kernel) implements BodyNode {
  /** Of images. */
  public Downsample(String name, Shape in) {
    this(name, in, Kernel.square(3));
  }

  @Override
  public Shape out() {
    return kernel.halved(in);
  }

  /** Name of the convolution. */
  public String convolution() {
    return name + ".conv";
  }

  @Override
  public List<ParameterSpec> parameters() {
    return ParameterSpec.convolution(convolution(), in, in.dim(0), kernel, 1);
  }

  @Override
  public long flops() {
    return Flops.convolution(in.dim(0), out(), kernel);
  }

  /** The padded input and the result. */
  @Override
  public Activations activations() {
    return Activations.of((long) kernel.padded(in).length() + out().length());
  }
}
