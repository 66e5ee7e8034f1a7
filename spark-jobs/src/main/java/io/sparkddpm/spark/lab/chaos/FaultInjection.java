package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.spark.lab.cluster.JavaProcess;
import java.util.OptionalInt;

/** What is done to one attempt at a command. */
interface FaultInjection {
  /** Leaves it alone. */
  FaultInjection NONE = (driver, changes, trial) -> OptionalInt.of(trial.exitCode(driver));

  /**
   * Disturbs a process that has just been started, if its moment comes before it ends.
   *
   * @param changes of the files that it makes
   * @return the exit code of the last process that made them; empty if that was killed
   */
  OptionalInt on(JavaProcess driver, FileChanges changes, SoakTrial trial)
      throws InterruptedException;
}
