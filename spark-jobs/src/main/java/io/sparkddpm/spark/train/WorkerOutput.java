package io.sparkddpm.spark.train;

import io.sparkddpm.train.StepStatistics;
import java.io.Serializable;
import java.util.List;

/**
 * What a worker sends to the averaging: one block of its vectors with the number of examples behind
 * it, or what it saw of its steps and where it ran.
 */
record WorkerOutput(long weight, VectorBlock block, List<StepStatistics> statistics, String place)
    implements Serializable {
  static WorkerOutput block(long weight, VectorBlock block) {
    return new WorkerOutput(weight, block, null, null);
  }

  static WorkerOutput statistics(List<StepStatistics> statistics, String place) {
    return new WorkerOutput(0, null, statistics, place);
  }
}
