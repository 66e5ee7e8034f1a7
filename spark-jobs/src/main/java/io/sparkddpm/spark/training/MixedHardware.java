package io.sparkddpm.spark.training;

/** What is done where processes of one run compute with different last bits. */
public enum MixedHardware {
  /** The run ends, and says in what they differ. */
  REFUSE,

  /** The log says it, and the run's checkpoints record it. */
  WARN
}
