package io.sparkddpm.spark.train;

import io.sparkddpm.train.StepStatistics;
import io.sparkddpm.train.TrainingState;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import scala.Tuple2;

/**
 * How the vectors of a round reach its workers and come back averaged. The two ways give the same
 * bits.
 */
abstract class RoundExchange implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The vectors that the round starts from, in a task; only to be read. */
  abstract float[][] start();

  /**
   * Sends a worker's vectors off, from its task.
   *
   * @param weight examples behind them
   * @param vectors the engine's own; see {@link EnginePool.Engine}
   * @return what the task hands to Spark, beside its statistics
   */
  abstract Iterator<Tuple2<Long, WorkerOutput>> send(
      int worker, long weight, EnginePool.Engine engine, Vectors vectors);

  /**
   * Runs the workers and averages, on the driver.
   *
   * @param result receives the averages; undefined where the outcome is not complete
   */
  abstract RoundResult run(JavaRDD<MultiDataSet> data, WorkerTask task, Vectors result);

  /** Frees what the round has used; on the driver. */
  abstract void close();

  /** All workers' statistics as those of the steps. */
  static List<StepStatistics> merge(Iterable<List<StepStatistics>> workers) {
    SortedMap<Long, List<StepStatistics>> byStep = new TreeMap<>();
    for (List<StepStatistics> worker : workers) {
      for (StepStatistics step : worker) {
        byStep.computeIfAbsent(step.step(), s -> new ArrayList<>()).add(step);
      }
    }
    List<StepStatistics> steps = new ArrayList<>();
    byStep.values().forEach(parts -> steps.add(StepStatistics.merge(parts)));
    return steps;
  }

  static boolean areFinite(List<StepStatistics> steps) {
    return steps.stream().allMatch(StepStatistics::isFinite);
  }

  /** A state whose vectors are those of {@link #start}. */
  TrainingState startState(long step) {
    float[][] v = start();
    return new TrainingState(v[0], v[1], v[2], step);
  }
}
