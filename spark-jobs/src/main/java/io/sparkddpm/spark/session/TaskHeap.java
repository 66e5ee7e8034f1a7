package io.sparkddpm.spark.session;

import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/** How much of its process's heap a task may take for what it holds at one time. */
public final class TaskHeap {
  /** What Spark and the program themselves need. */
  private static final long BASE = 300L << 20;

  private TaskHeap() {}

  /** Of the running task, in bytes: an equal share for each that can run beside it. */
  public static long bytes() {
    SparkEnv env = SparkEnv.get();
    int tasks = env == null ? 1 : tasksAtOnce(env.conf());
    return share(Runtime.getRuntime().maxMemory(), tasks);
  }

  /** Three quarters of what is left beside the program, split evenly. */
  static long share(long heap, int tasks) {
    return Math.max(heap / 4, (heap - BASE) / 4 * 3) / tasks;
  }

  /** In one process: cores over a task's cores. */
  static int tasksAtOnce(SparkConf conf) {
    int cores = Runtime.getRuntime().availableProcessors();
    String master = conf.get("spark.master", "");
    if (master.equals("local") || master.startsWith("local[")) {
      String count = master.replaceAll("^local\\[?|[,\\]].*$", "");
      cores = count.equals("*") ? cores : count.isEmpty() ? 1 : Integer.parseInt(count);
    } else {
      cores = conf.getInt("spark.executor.cores", cores);
    }
    return Math.max(1, cores / conf.getInt("spark.task.cpus", 1));
  }
}
