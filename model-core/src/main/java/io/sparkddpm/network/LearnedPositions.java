package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * Adds a learned vector to each place, so that what follows can tell places apart; Vaswani et al.
 * 2017, sec. 3.5. The vectors begin as the weights of a dense layer that is given the place as a
 * one-hot vector.
 *
 * @param name of the parameter, of the shape {@code in}
 * @param in channels first
 */
public record LearnedPositions(String name, Shape in) implements BodyNode {
  @Override
  public Shape out() {
    return in;
  }

  @Override
  public List<ParameterSpec> parameters() {
    List<Integer> shape = Arrays.stream(in.dims()).boxed().toList();
    double fanAverage = (in.dim(0) + Flops.places(in)) / 2.0;
    return List.of(new ParameterSpec(name, shape, Initializer.uniform(1, fanAverage)));
  }

  @Override
  public long flops() {
    return 0;
  }

  /** The sum. */
  @Override
  public Activations activations() {
    return Activations.of(in.length());
  }
}
