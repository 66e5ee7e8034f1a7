package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.spark.executor.Arithmetic;
import java.io.Serializable;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.storage.BlockManagerId;

/**
 * What the driver gets of a worker's part of a round.
 *
 * @param worker zero-based
 * @param statistics of its steps; empty where it could not begin
 * @param missing what it could not begin without
 * @param at the process in which it ran
 * @param arithmetic what it computed with there
 */
public record WorkerOutput(
    int worker,
    List<StepStatistics> statistics,
    Missing missing,
    BlockManagerId at,
    Arithmetic arithmetic)
    implements Serializable {
  /** What is gone of that which a worker was to start from. */
  public enum Missing {
    NOTHING,
    /** What the round before has averaged, which the driver has too. */
    AVERAGES,
    /** Its own moments, which nobody else has. */
    MOMENTS
  }

  /** Whether what all workers start from was gone. */
  boolean isWithoutStart() {
    return missing == Missing.AVERAGES;
  }

  /** Whether its own moments were gone. */
  boolean isWithoutMoments() {
    return missing == Missing.MOMENTS;
  }

  /** Examples behind its vectors. */
  long examples() {
    return statistics.stream().mapToLong(StepStatistics::examples).sum();
  }

  /** Where it ran, as Spark's scheduler takes a preference for it: it has the shards decoded. */
  String place() {
    return place(at);
  }

  /** What each process computed with, by its name for people. */
  static Map<String, Arithmetic> arithmetic(Collection<WorkerOutput> outputs) {
    Map<String, Arithmetic> byPlace = new HashMap<>();
    for (WorkerOutput output : outputs) {
      String name = "executor " + output.at.executorId() + " on " + output.at.host();
      byPlace.merge(name, output.arithmetic, Arithmetic::and);
    }
    return byPlace;
  }

  /** A process, as Spark's scheduler takes a preference for it. */
  static String place(BlockManagerId at) {
    return "executor_" + at.host() + "_" + at.executorId();
  }
}
