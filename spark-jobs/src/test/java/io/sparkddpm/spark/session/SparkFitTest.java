package io.sparkddpm.spark.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.error.UserException;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class SparkFitTest {
  private static void assertRefused(String message, SparkConf conf, Map<String, String> variables) {
    UserException e =
        assertThrows(UserException.class, () -> SparkFit.refuseConnect(conf, variables));
    assertEquals(message, e.getMessage());
  }

  private static SparkConf conf() {
    return new SparkConf(false);
  }

  @Test
  void sparkConnectIsRefused() {
    String refusal =
        " cannot run these jobs, which need a driver of their own: set spark.master to the"
            + " cluster's master, and unset ";
    String server = "sc://host:15002";
    assertRefused(
        "Spark Connect (" + server + ")" + refusal + "spark.remote",
        conf().set("spark.remote", server),
        Map.of());
    assertRefused(
        "Spark Connect (" + server + ")" + refusal + "the variable SPARK_REMOTE",
        conf(),
        Map.of("SPARK_REMOTE", server));
    assertRefused(
        "Spark Connect" + refusal + "spark.api.mode",
        conf().set("spark.api.mode", "connect"),
        Map.of());
    SparkFit.refuseConnect(conf().set("spark.api.mode", "classic"), Map.of("SPARK_REMOTE", ""));
  }

  @Test
  void thisProgramFitsTheSparkOfItsBuild() {
    SparkFit.requireSameScala();
  }
}
