package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;

/**
 * How the timestep of a training example is drawn, and what the example then weighs. Immutable: a
 * clock that learns from losses is a new clock after each step. Workers draw by the clock of the
 * round; the driver {@link #fold}s what they saw into the next one, step by step and in worker
 * order, so that its state does not depend on how workers are spread over executors. Checkpoints
 * keep it.
 *
 * <p>To add one, write a class beside {@link UniformClock}. One without state leaves the default
 * methods alone; one with a state overrides all of them. List it in {@link ClockConfig}. What is
 * drawn must depend on the state and on the example's key alone.
 */
public interface Clock extends Serializable {
  /**
   * Draws a level of noise.
   *
   * @param example whose level it is
   * @return zero-based timestep; whole, unless both process and objective take others
   */
  double level(ExampleKey example);

  /**
   * What an example weighs that was drawn at this level: for importance sampling, how likely the
   * objective has the level by how likely it was drawn.
   */
  double weight(double level);

  /** Whether {@link #fold} wants to see the losses; only then are they sent to the driver. */
  default boolean observes() {
    return false;
  }

  /**
   * The clock after a step.
   *
   * @param seen all examples of the step, in worker order
   */
  default Clock fold(TimedLosses seen) {
    return this;
  }

  /** The state, for a checkpoint; empty: there is none. */
  default byte[] save() {
    return new byte[0];
  }

  /**
   * This clock with a state that {@link #save} gave.
   *
   * @param state empty for a checkpoint that has none
   * @throws IllegalArgumentException if it is not a state of such a clock
   */
  default Clock restore(byte[] state) {
    checkArgument(state.length == 0, "the clock has no state, found one of %s bytes", state.length);
    return this;
  }
}
