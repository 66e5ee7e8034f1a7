package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.List;

/**
 * A convolution with bias that keeps height and width.
 *
 * @param in [C, H, W]
 * @param channels of its output
 * @param kernel height and width, odd
 * @param scale of the first weights, see {@link ParameterSpec#convolution}
 */
public record Convolution(String name, Shape in, int channels, int kernel, double scale)
    implements BodyNode {
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
