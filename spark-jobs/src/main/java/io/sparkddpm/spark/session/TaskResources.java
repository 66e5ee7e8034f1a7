package io.sparkddpm.spark.session;

import io.sparkddpm.error.UserException;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;

/**
 * Which tasks take a graphics card. Where executors have cards and {@code
 * spark.task.resource.gpu.amount} is not set, tasks that evaluate networks take one each and all
 * others none, so that these run on all cores of an executor. Where it is set, Spark gives every
 * task what it says. Thread-safe.
 */
public final class TaskResources {
  /** Spark's name of graphics cards. */
  public static final String CARD = "gpu";

  /** Cards of an executor. */
  public static final String OF_EXECUTOR = "spark.executor.resource." + CARD + ".amount";

  /** Cards of every task. */
  public static final String OF_TASK = "spark.task.resource." + CARD + ".amount";

  /** Spark keeps every profile as long as a context lives: one is enough. */
  private static final Map<SparkContext, ResourceProfile> PROFILES = new WeakHashMap<>();

  private TaskResources() {}

  /**
   * Lets tasks that evaluate a network take a card each, where cards are given by stage.
   *
   * @return {@code tasks}
   */
  public static <T> JavaRDD<T> withCard(JavaRDD<T> tasks) {
    SparkContext context = tasks.context();
    return areGivenByStage(context.getConf()) ? tasks.withResources(profile(context)) : tasks;
  }

  /**
   * Tasks over items that each take a network, with a card where {@link #withCard(JavaRDD)} gives
   * one.
   *
   * @param partitions at most, and no more than there are items
   */
  public static <T> JavaRDD<T> withCard(JavaSparkContext spark, List<T> items, int partitions) {
    return withCard(spark.parallelize(items, Math.max(1, Math.min(partitions, items.size()))));
  }

  private static ResourceProfile profile(SparkContext context) {
    synchronized (PROFILES) {
      return PROFILES.computeIfAbsent(
          context,
          c ->
              new ResourceProfileBuilder()
                  .require(new TaskResourceRequests().resource(CARD, 1))
                  .build());
    }
  }

  /** Whether executors have cards, which those stages take that ask for them. */
  public static boolean areGivenByStage(SparkConf conf) {
    return conf.getInt(OF_EXECUTOR, 0) > 0
        && !conf.contains(OF_TASK)
        && !SparkSettings.isLocal(conf);
  }

  /** How many tasks that evaluate networks an executor runs at the same time. */
  public static int networkTasksAtOnce(SparkConf conf) {
    int cores = conf.getInt("spark.executor.cores", 1) / conf.getInt("spark.task.cpus", 1);
    int cards = areGivenByStage(conf) ? conf.getInt(OF_EXECUTOR, 0) : cores;
    return Math.max(1, Math.min(cores, cards));
  }

  /**
   * Refuses settings that Spark would take otherwise than they are meant.
   *
   * @throws UserException naming what to set
   */
  static void check(SparkConf conf) {
    if (!areGivenByStage(conf)) {
      return;
    }
    if (conf.getInt(OF_EXECUTOR, 0) > 1) {
      throw new UserException(
          "%s is %s, but an executor computes on one graphics card: set it to 1, and run more"
              + " executors",
          OF_EXECUTOR, conf.get(OF_EXECUTOR));
    }
    if (conf.getBoolean("spark.dynamicAllocation.enabled", false)) {
      // Stages that ask would get executors of their own, beside others that hold cards idly.
      throw new UserException(
          "with spark.dynamicAllocation.enabled graphics cards cannot be given by stage: set"
              + " %s=1 and spark.executor.cores to spark.task.cpus, or switch dynamic allocation"
              + " off",
          OF_TASK);
    }
  }
}
