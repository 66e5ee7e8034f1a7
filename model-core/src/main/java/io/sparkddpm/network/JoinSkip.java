package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.tensor.Shape;
import java.util.Deque;
import java.util.List;

/**
 * Ends the skip connection that began last: the input's channels, then the skip's.
 *
 * @param skip shape of what was kept, but for the channels that of {@code in}
 */
public record JoinSkip(Shape in, Shape skip) implements BodyNode {
  @Override
  public Shape out() {
    return in.withDim(0, in.dim(0) + skip.dim(0));
  }

  @Override
  public void passSkips(Deque<Shape> skips) {
    take(skips, skip);
  }

  /** Takes the skip that was kept last, and refuses another shape. */
  static void take(Deque<Shape> skips, Shape wanted) {
    Shape last = skips.poll();
    checkArgument(
        wanted.equals(last), "a skip of %s is to be joined, but %s was kept", wanted, last);
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
