package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.spark.lab.cluster.JavaProcess;
import io.sparkddpm.spark.lab.cluster.LocalCluster;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Kills a driver's executors, one after the other, while it runs. */
final class KillExecutors implements FaultInjection {
  private static final int MOST = 4;
  private static final long LOOK_MILLIS = 20;

  private final LocalCluster cluster;
  private final Set<String> earlier = new HashSet<>();

  /** To be made before the driver is started. */
  KillExecutors(LocalCluster cluster) {
    this.cluster = cluster;
    cluster.allExecutors().forEach(e -> earlier.add(e.application()));
  }

  @Override
  public OptionalInt on(JavaProcess driver, FileChanges changes, SoakTrial trial)
      throws InterruptedException {
    int count = 1 + trial.random().nextInt(MOST);
    int most = 1 + trial.changes() / MOST;
    for (int i = 0; i < count && trial.workingMoment(driver, changes, most); i++) {
      killOne(driver, trial);
    }
    return OptionalInt.of(trial.exitCode(driver));
  }

  private void killOne(JavaProcess driver, SoakTrial trial) throws InterruptedException {
    do {
      List<ProcessHandle> mine =
          cluster.allExecutors().stream()
              .filter(e -> !earlier.contains(e.application()))
              .map(LocalCluster.Executor::process)
              .toList();
      if (!mine.isEmpty()) {
        if (mine.get(trial.random().nextInt(mine.size())).destroyForcibly()) {
          trial.count(Fault.EXECUTOR_KILLED, 1);
        }
        return;
      }
    } while (!driver.endsWithin(LOOK_MILLIS)); // the last one died, the next is not there yet
  }
}
