package io.sparkddpm.spark.training.round;

import io.sparkddpm.objective.Clock;
import java.io.Serializable;

/**
 * Which steps a round takes, and what it draws timesteps by.
 *
 * @param firstStep zero-based
 * @param steps at least 1
 * @param clock as of the first step; workers leave it as it is
 */
public record RoundPlan(long firstStep, int steps, Clock clock) implements Serializable {
  public long endStep() {
    return firstStep + steps;
  }

  @Override
  public String toString() {
    return steps == 1 ? "step " + firstStep : "steps " + firstStep + " to " + (endStep() - 1);
  }
}
