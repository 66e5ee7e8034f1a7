package io.sparkddpm.spark.training.monitor;

/** How a job that took steps of a run has ended. */
public enum RunEnd {
  /** The run has all its steps. */
  COMPLETE,
  /** Steps remain, as the job was meant to end early. */
  STOPPED,
  /** The run failed or diverged; it may be resumed. */
  FAILED
}
