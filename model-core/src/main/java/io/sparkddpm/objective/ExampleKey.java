package io.sparkddpm.objective;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;

/**
 * An example of a step, as a {@link Clock} knows it: the same whichever worker trains on it.
 *
 * @param seed of the run
 * @param step zero-based
 * @param place of the example within the step's batch, over all workers; zero-based
 * @param id of the example in the dataset
 */
public record ExampleKey(long seed, long step, int place, long id) {
  /** The example's own random numbers. */
  public RandomStream stream() {
    return RandomStream.of(seed, Purpose.TIMESTEP, step, id);
  }

  /** Random numbers that all examples of the step share. */
  public RandomStream sharedStream() {
    return RandomStream.of(seed, Purpose.TIMESTEP_SHIFT, step);
  }
}
