package io.sparkddpm.spark.training.round;

import java.io.Serializable;

/**
 * Which steps a round takes.
 *
 * @param firstStep zero-based
 * @param steps at least 1
 */
public record RoundPlan(long firstStep, int steps) implements Serializable {
  public long endStep() {
    return firstStep + steps;
  }

  @Override
  public String toString() {
    return steps == 1 ? "step " + firstStep : "steps " + firstStep + " to " + (endStep() - 1);
  }
}
