package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.Deque;

/**
 * A node that maps features to features, such as {@link ResidualBlock}. Channels are the first
 * dimension of a shape, the others are places: height and width of an image, the length of a sound,
 * the number of points in a set.
 */
public interface BodyNode extends Node {
  /** Shape of one item that it takes. */
  Shape in();

  /** Shape of one item that it gives. */
  Shape out();

  /** Width of the embedding that it reads; 0: it reads none. */
  default int embedding() {
    return 0;
  }

  /**
   * Puts what it keeps on the stack of skip connections, or takes what it joins from it.
   *
   * @throws IllegalArgumentException if the stack does not hold what it joins
   */
  default void passSkips(Deque<Shape> skips) {}
}
