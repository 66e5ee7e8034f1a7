package io.sparkddpm.spark.chaos;

import io.sparkddpm.spark.cluster.JavaProcess;
import java.util.OptionalInt;

/** What is done to one attempt at a command. */
interface Strike {
  /** Leaves it alone. */
  Strike NONE = (driver, changes, trial) -> OptionalInt.of(trial.exitCode(driver));

  /**
   * Strikes a process that has just been started, if its moment comes before it ends.
   *
   * @param changes of the files that it makes
   * @return the exit code of the last process that made them; empty if that was killed
   */
  OptionalInt on(JavaProcess driver, FileChanges changes, Trial trial) throws InterruptedException;
}
