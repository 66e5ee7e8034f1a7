package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.Deque;
import java.util.List;

/**
 * Ends the skip connection that began last, whatever its shape: all values of the input, then all
 * of the skip, as [values, 1, 1]. With it a network gives what lies in its middle beside what comes
 * out of it.
 *
 * @param skip shape of what was kept
 */
public record JoinFlat(Shape in, Shape skip) implements BodyNode {
  @Override
  public Shape out() {
    return Shape.of(Math.addExact(in.length(), skip.length()), 1, 1);
  }

  @Override
  public void passSkips(Deque<Shape> skips) {
    JoinSkip.take(skips, skip);
  }

  @Override
  public List<ParameterSpec> parameters() {
    return List.of();
  }

  @Override
  public long flops() {
    return 0;
  }

  /** The result. */
  @Override
  public Activations activations() {
    return Activations.of(out().length());
  }
}
