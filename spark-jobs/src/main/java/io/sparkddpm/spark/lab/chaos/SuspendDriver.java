package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.spark.lab.cluster.JavaProcess;
import java.util.Collections;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * Suspends the driver, has the same command given on what passes for another machine, and wakes the
 * first when the second has taken over its lease: while that works, or when it is done. The
 * awakened one must end with exit code 2; what was whole by then it must not touch.
 */
final class SuspendDriver implements FaultInjection {
  private static final int BAD_INPUT = 2;
  private static final int WORKING_MILLIS = 3_000;
  private static final long LOOK_MILLIS = 10;

  /** The second process is no child of this machine's kernel, as far as leases can see. */
  private static final String ELSEWHERE = "-Dddpm.lease.machine=elsewhere-";

  @Override
  public OptionalInt on(JavaProcess driver, FileChanges changes, SoakTrial trial)
      throws InterruptedException {
    if (!changes.awaitLease(driver) || !trial.workingMoment(driver, changes, trial.changes())) {
      return OptionalInt.of(trial.exitCode(driver));
    }
    driver.suspend();
    boolean hadMade = trial.isMade();
    try (JavaProcess second = trial.startAgain(ELSEWHERE + driver.handle().pid())) {
      while (!second.hasAnnounced() && !second.endsWithin(LOOK_MILLIS)) {
        continue; // it waits for a sign of life
      }
      boolean takenOver = second.hasAnnounced();
      boolean late = trial.random().nextInt(2) == 0;
      int working = trial.random().nextInt(WORKING_MILLIS);
      if (!late) {
        second.endsWithin(working);
      }
      boolean isAllMade = late && trial.exitCode(second) == 0;
      int awakened = wake(driver, takenOver && isAllMade, trial);
      if (takenOver) {
        trial.count(Fault.DRIVER_SUSPENDED, 1);
        if (awakened != BAD_INPUT && !hadMade) {
          trial.problem(
              "a driver whose lease was taken over while it was suspended ended with %d, see %s",
              awakened, driver.log());
        }
      } // else it had not begun, or had ended
      int code = trial.exitCode(second);
      if (!late && code == BAD_INPUT) {
        trial.expectRefusal(); // the awakened one may hold a lease that the second needs next
      }
      return OptionalInt.of(code);
    }
  }

  /**
   * Resumes a process and waits for its end.
   *
   * @param isNothingLeft whether it must find nothing to do
   * @return its exit code
   */
  private static int wake(JavaProcess driver, boolean isNothingLeft, SoakTrial trial)
      throws InterruptedException {
    SortedMap<String, String> before =
        isNothingLeft ? Content.files(trial.dir()) : Collections.emptySortedMap();
    driver.resume();
    int code = trial.exitCode(driver);
    SortedMap<String, String> after =
        isNothingLeft ? Content.files(trial.dir()) : Collections.emptySortedMap();
    before.forEach(
        (file, hash) -> {
          if (!hash.equals(after.get(file))) {
            trial.problem(
                "a driver whose lease was taken over while it was suspended %s %s, see %s",
                after.containsKey(file) ? "changed" : "deleted", file, driver.log());
          }
        });
    return code;
  }
}
