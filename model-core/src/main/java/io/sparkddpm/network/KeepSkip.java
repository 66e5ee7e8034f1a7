package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.Deque;
import java.util.List;

/**
 * Begins a skip connection: its output is its input, which is also kept for the {@link JoinSkip}
 * that joins it.
 */
public record KeepSkip(Shape in) implements BodyNode {
  @Override
  public Shape out() {
    return in;
  }

  @Override
  public void passSkips(Deque<Shape> skips) {
    skips.push(in);
  }

  @Override
  public List<ParameterSpec> parameters() {
    return List.of();
  }

  @Override
  public long flops() {
    return 0;
  }

  /** None but what other nodes keep. */
  @Override
  public Activations activations() {
    return Activations.NONE;
  }
}
