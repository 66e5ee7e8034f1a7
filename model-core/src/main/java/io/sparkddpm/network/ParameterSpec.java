package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.List;
import java.util.stream.Stream;

/**
 * A parameter tensor of a node, and those that layers share: weight and bias of a convolution, a
 * dense layer, a norm. Biases begin at 0, the scales of norms at 1.
 *
 * @param name the official name, such as {@code down_0_block_0.conv1.weight}
 * @param shape PyTorch's layout: convolutions [out, in, kH, kW], dense layers [out, in]
 * @param initializer of its first values
 */
public record ParameterSpec(String name, List<Integer> shape, Initializer initializer) {
  /** Weights of layers that start near zero are drawn with this scale; the official value. */
  public static final double NEAR_ZERO = 1e-10;

  /** Copies the shape. */
  public ParameterSpec {
    shape = List.copyOf(shape);
  }

  /**
   * Weight and bias of a dense layer; the weights are uniform with variance 2/(in + out), which is
   * the official initialisation.
   */
  public static List<ParameterSpec> dense(String name, int in, int out) {
    return weightAndBias(name, List.of(out, in), 1);
  }

  /**
   * Weight and bias of a convolution; the weights are uniform with the given scale times the
   * variance 2/((in + out)·kernel places).
   *
   * @param in shape of its input, channels first
   * @param out channels of its output
   * @param scale 1, or {@link #NEAR_ZERO}
   */
  public static List<ParameterSpec> convolution(
      String name, Shape in, int out, Kernel kernel, double scale) {
    return weightAndBias(name, List.of(out, in.dim(0), kernel.height(), kernel.width()), scale);
  }

  /** Scale and bias of a norm, one value a channel. */
  public static List<ParameterSpec> norm(String name, int channels) {
    List<Integer> shape = List.of(channels);
    return List.of(
        new ParameterSpec(name + ".weight", shape, Initializer.ONE),
        new ParameterSpec(name + ".bias", shape, Initializer.ZERO));
  }

  /** One list of several. */
  @SafeVarargs
  public static List<ParameterSpec> concat(List<ParameterSpec>... parts) {
    return Stream.of(parts).flatMap(List::stream).toList();
  }

  private static List<ParameterSpec> weightAndBias(String name, List<Integer> shape, double scale) {
    double places = shape.stream().skip(2).reduce(1, (a, b) -> a * b);
    double fanAverage = (shape.get(0) + shape.get(1)) * places / 2;
    return List.of(
        new ParameterSpec(name + ".weight", shape, Initializer.uniform(scale, fanAverage)),
        new ParameterSpec(name + ".bias", List.of(shape.get(0)), Initializer.ZERO));
  }
}
