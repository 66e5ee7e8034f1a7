package io.sparkddpm.spark.session;

import io.sparkddpm.error.UserException;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.package$;
import scala.collection.JavaConverters;

/** Whether jobs can run on the Spark that is there. */
final class SparkFit {
  private static final String REMOTE = "spark.remote";
  private static final String REMOTE_VARIABLE = "SPARK_REMOTE";
  private static final String API_MODE = "spark.api.mode";

  private SparkFit() {}

  /**
   * Refuses a Spark of another Scala than this program was compiled for, in whose libraries methods
   * have other signatures.
   *
   * @throws UserException saying which jar to take
   */
  static void requireSameScala() {
    try {
      JavaConverters.asScalaBuffer(List.of()).toSeq();
    } catch (NoSuchMethodError e) {
      String here = package$.MODULE$.SPARK_VERSION();
      boolean isFormer = here.startsWith("3.");
      throw new UserException(
          e,
          "this jar is for Spark %s, but this is Spark %s: take the jar %s",
          isFormer ? "4" : "3.5",
          here,
          isFormer
              ? "without -spark4.0 or -spark4.1 in its name"
              : "whose name ends in -spark4.0 or -spark4.1");
    }
  }

  /**
   * Refuses Spark Connect.
   *
   * @param environment of this process
   * @throws UserException saying what to set instead
   */
  static void refuseConnect(SparkConf conf, Map<String, String> environment) {
    String remote = conf.get(REMOTE, environment.getOrDefault(REMOTE_VARIABLE, ""));
    boolean isConnect = conf.get(API_MODE, "classic").equalsIgnoreCase("connect");
    if (isConnect || !remote.isEmpty()) {
      throw new UserException(
          "Spark Connect%s cannot run these jobs, which need a driver of their own: set"
              + " spark.master to the cluster's master, and unset %s",
          remote.isEmpty() ? "" : " (" + remote + ")",
          isConnect
              ? API_MODE
              : conf.contains(REMOTE) ? REMOTE : "the variable " + REMOTE_VARIABLE);
    }
  }
}
