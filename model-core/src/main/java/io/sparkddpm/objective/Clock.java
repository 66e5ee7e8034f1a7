package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.RandomStream;

/** How the timestep of a training example is drawn. Implementations are immutable. */
@FunctionalInterface
public interface Clock {
  /**
   * Draws a timestep.
   *
   * @param stream the example's own stream
   * @return zero-based t
   */
  int timestep(RandomStream stream);

  /**
   * Every timestep equally often; Ho et al. 2020, alg. 1.
   *
   * @param steps T, at least 1
   */
  static Clock uniform(int steps) {
    checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
    return stream -> stream.nextInt(steps);
  }
}
