package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.List;

/**
 * Nearest neighbour, twice the height and width, or the one along which the kernel covers several
 * places; then a convolution.
 *
 * @param in [C, H, W]
 * @param kernel 3×3 for images
 */
public record Upsample(String name, Shape in, Kernel kernel) implements BodyNode {
  /** Of images. */
  public Upsample(String name, Shape in) {
    this(name, in, Kernel.square(3));
  }

  @Override
  public Shape out() {
    return kernel.doubled(in);
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

  /** The larger input and the result. */
  @Override
  public Activations activations() {
    return Activations.of(2L * out().length());
  }
}
