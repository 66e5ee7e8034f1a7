package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.spark.lab.cluster.JavaProcess;
import java.util.OptionalInt;

/** Kills the driver at some moment. */
final class KillDriver implements FaultInjection {
  /** What the system makes of {@code kill -9}. */
  private static final int KILLED = 128 + 9;

  @Override
  public OptionalInt on(JavaProcess driver, FileChanges changes, SoakTrial trial)
      throws InterruptedException {
    if (trial.moment(driver, changes)) {
      driver.kill();
    }
    int code = trial.exitCode(driver);
    if (code != KILLED) {
      return OptionalInt.of(code);
    }
    trial.count(Fault.DRIVER_KILLED, 1);
    return OptionalInt.empty();
  }
}
