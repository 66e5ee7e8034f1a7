package io.sparkddpm.network;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;

/**
 * A network that looks at x_t, its level of noise and a condition. What its output means (ε, x0, v,
 * a class …) is for others to say. One thread at a time.
 *
 * <p>To add a kind of network, describe it by a {@link NetworkSpec}, which every engine runs and
 * trains.
 */
public interface Network extends AutoCloseable {
  /**
   * Evaluates the network; dropout is off.
   *
   * @param x items of the shape it takes; not changed
   * @param levels the zero-based timestep of each item, which need not be whole; length N
   * @param condition of each item; networks without conditions take items without
   * @param output receives items of the shape it gives; may not be {@code x} itself
   */
  void forward(Batch x, double[] levels, Condition condition, Batch output);

  /** Frees native memory. */
  @Override
  void close();
}
