package io.sparkddpm.spark.training.monitor;

import io.sparkddpm.spark.training.checkpoint.Checkpoint;

/** Receives a run's events, on the driver, between rounds; the run waits for each call. */
public interface RunObserver {
  /** Ignores all events. */
  RunObserver NONE = new RunObserver() {};

  /**
   * It is time for a sample grid ({@code training.sample-every}). After a resumption the same step
   * may come again, with the same weights.
   */
  default void gridDue(RunSnapshot snapshot) {}

  /** A checkpoint has become whole. */
  default void checkpointed(Checkpoint checkpoint) {}
}
