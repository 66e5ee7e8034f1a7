package io.sparkddpm.spark.training.round;

import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.RoundSpan;
import io.sparkddpm.objective.Clock;
import java.io.Serializable;

/**
 * Which steps a round takes, and what it draws timesteps by.
 *
 * @param averages what is averaged at its end
 * @param firstStep zero-based
 * @param steps at least 1
 * @param clock as of the first step; workers leave it as it is
 */
public record RoundPlan(AveragingMode averages, long firstStep, int steps, Clock clock)
    implements Serializable {
  /** What is left of a round from a step on. */
  public static RoundPlan of(RoundSpan round, long from, Clock clock) {
    return new RoundPlan(round.averages(), from, Math.toIntExact(round.end() - from), clock);
  }

  public long endStep() {
    return firstStep + steps;
  }

  @Override
  public String toString() {
    return steps == 1 ? "step " + firstStep : "steps " + firstStep + " to " + (endStep() - 1);
  }
}
