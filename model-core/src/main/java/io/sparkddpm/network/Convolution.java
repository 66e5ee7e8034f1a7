package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.List;

/**
 * A convolution with bias that keeps height and width.
 *
 * @param in [C, H, W]
 * @param channels of its output
 * @param scale of the first weights, see {@link ParameterSpec#convolution}
 */
public record Convolution(String name, Shape in, int channels, Kernel kernel, double scale)
    implements BodyNode {
  /**
   * One with a square kernel.
   *
   * @param kernel height and width, odd
   */
  public Convolution(String name, Shape in, int channels, int kernel, double scale) {
    this(name, in, channels, Kernel.square(kernel), scale);
  }

  @Override
  public Shape out() {
    return in.withDim(0, channels);
  }

  @Override
  public List<ParameterSpec> parameters() {
    return ParameterSpec.convolution(name, in, channels, kernel, scale);
  }

  @Override
  public long flops() {
    return Flops.convolution(in.dim(0), out(), kernel);
  }

  @Override
  public Activations activations() {
    return Activations.of(out().length());
  }
}
