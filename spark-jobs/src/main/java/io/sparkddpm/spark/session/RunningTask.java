package io.sparkddpm.spark.session;

import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;

/** The Spark task that this thread runs, if it runs one. */
public final class RunningTask {
  private RunningTask() {}

  /**
   * Ends a task that Spark has cancelled: Spark itself waits until it returns.
   *
   * @param why for the log
   * @throws TaskKilledException if it is cancelled
   */
  public static void stopIfKilled(String why) {
    TaskContext context = TaskContext.get();
    if (context != null && context.isInterrupted()) {
      throw new TaskKilledException(why);
    }
  }
}
