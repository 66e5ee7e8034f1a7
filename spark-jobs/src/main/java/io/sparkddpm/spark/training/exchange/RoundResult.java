package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.spark.executor.Arithmetic;
import java.util.List;
import java.util.Map;

/**
 * What the driver knows of a round.
 *
 * @param steps one entry a step, over all workers
 * @param places where each worker ran, as Spark's scheduler takes a preference for it
 * @param arithmetic what each process that took part computed with, by its name
 * @param complete false where a loss was no number: then nothing was averaged
 * @param seconds of its parts, as far as they are done
 */
public record RoundResult(
    List<StepStatistics> steps,
    Map<Integer, String> places,
    Map<String, Arithmetic> arithmetic,
    boolean complete,
    RoundTimer.Seconds seconds) {
  /** The same, with the seconds of later. */
  public RoundResult withSeconds(RoundTimer.Seconds later) {
    return new RoundResult(steps, places, arithmetic, complete, later);
  }
}
