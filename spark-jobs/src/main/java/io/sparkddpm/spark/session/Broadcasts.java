package io.sparkddpm.spark.session;

import org.apache.spark.SparkEnv;
import org.apache.spark.broadcast.Broadcast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees what jobs have left on executors. What is done by then is right without it, so a failure is
 * logged and nothing else: what remains goes with the application.
 */
public final class Broadcasts {
  private static final Logger LOG = LoggerFactory.getLogger(Broadcasts.class);

  private Broadcasts() {}

  /** Something that may fail in any way: Scala throws checked exceptions without saying so. */
  public interface Action {
    void run() throws Exception;
  }

  /** Destroys a broadcast, without waiting for executors elsewhere. */
  public static void destroy(Broadcast<?> broadcast) {
    bestEffort("destroy " + broadcast, () -> broadcast.destroy(isLocal()));
  }

  /** Spark prints a stack trace if it is stopped while this process is still removing one. */
  private static boolean isLocal() {
    SparkEnv env = SparkEnv.get();
    return env != null && env.conf().get("spark.master", "").matches("local(\\[.*)?");
  }

  /** Destroys a broadcast and waits until executors have room for the next one. */
  public static void destroyNow(Broadcast<?> broadcast) {
    bestEffort("destroy " + broadcast, () -> broadcast.destroy(true));
  }

  /**
   * Runs {@code action} and logs its failure.
   *
   * @param what it does, as in "cannot …"
   */
  public static void bestEffort(String what, Action action) {
    try {
      action.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      LOG.warn("Interrupted: cannot {}", what);
    } catch (Exception e) {
      LOG.warn("Cannot {}; the results do not need it: {}", what, e.toString());
    }
  }
}
