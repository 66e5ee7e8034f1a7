package io.sparkddpm.spark.training.monitor;

import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;

/**
 * Receives a run's events, on the driver, one at a time. A call may come on another thread than the
 * one before, while the round after the one that it tells of runs; the run waits for it then. It
 * waits at once where a sample grid is due.
 */
public interface RunObserver {
  /** The job is about to take steps, of a new run or a resumed one. */
  default void opened(RunSnapshot snapshot) {}

  /** A line of metrics; those before the step from which the run is resumed do not come again. */
  default void measured(TrainingMetrics metrics) {}

  /**
   * It is time for a sample grid ({@code training.sample-every}). After a resumption the same step
   * may come again, with the same weights.
   */
  default void gridDue(RunSnapshot snapshot) {}

  /** A checkpoint has become whole. */
  default void checkpointed(Checkpoint checkpoint) {}

  /** The job takes no more steps; the last call, where there was one of {@link #opened}. */
  default void ended(RunEnd end) {}
}
