package io.sparkddpm.spark.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class SparkSettingsTest {
  private static SparkConf conf(String... keysAndValues) {
    SparkConf conf = new SparkConf(false);
    for (int i = 0; i < keysAndValues.length; i += 2) {
      conf.set(keysAndValues[i], keysAndValues[i + 1]);
    }
    return conf;
  }

  @Test
  void localModeUsesAllProcessorsWithOneThreadATask() {
    SparkConf conf = SparkSettings.complete(conf(), 6);
    assertEquals("local[6]", conf.get("spark.master"));
    assertEquals("1", conf.get("spark.task.cpus"));
    assertEquals("1", conf.get("spark.executorEnv.OMP_NUM_THREADS"));
  }

  @Test
  void markersOfDirectoriesInS3StayUnlessAUserSaysOtherwise() {
    String key = "spark.hadoop.fs.s3a.directory.marker.retention";
    assertEquals("keep", SparkSettings.complete(conf(), 6).get(key));
    assertEquals("delete", SparkSettings.complete(conf(key, "delete"), 6).get(key));
  }

  @Test
  void nativeThreadsFollowTaskCpus() {
    SparkConf conf = SparkSettings.complete(conf("spark.task.cpus", "4"), 8);
    assertEquals("4", conf.get("spark.executorEnv.OMP_NUM_THREADS"));
    String message =
        assertThrows(
                UserException.class,
                () ->
                    SparkSettings.complete(
                        conf("spark.task.cpus", "4", "spark.executorEnv.OMP_NUM_THREADS", "8"), 8))
            .getMessage();
    assertTrue(message.contains("is 8 but spark.task.cpus is 4"), message);
  }

  @Test
  void executorsGetWhatFitsIntoTheirContainers() {
    SparkConf conf =
        SparkSettings.complete(
            conf(
                "spark.master", "yarn",
                "spark.executor.memory", "4g",
                "spark.executor.memoryOverhead", "2048",
                "spark.executor.extraJavaOptions", "-Xss4m"),
            2);
    assertEquals(
        "-Xss4m --add-modules=jdk.incubator.vector"
            + " -Dorg.deeplearning4j.crash.reporting.enabled=false"
            + " -Dorg.bytedeco.javacpp.maxbytes="
            + ((2048L - 256) << 20)
            + " -Dorg.bytedeco.javacpp.maxphysicalbytes="
            + (6L << 30),
        conf.get("spark.executor.extraJavaOptions"));
  }

  @Test
  void nativeMemoryBeyondTheContainerIsRefused() {
    String message =
        assertThrows(
                UserException.class,
                () ->
                    SparkSettings.complete(
                        conf(
                            "spark.master", "yarn",
                            "spark.executor.memory", "4g",
                            "spark.executor.memoryOverhead", "2g",
                            "spark.executor.extraJavaOptions",
                                "-Dorg.bytedeco.javacpp.maxbytes=3G"),
                        2))
            .getMessage();
    assertTrue(message.startsWith("org.bytedeco.javacpp.maxbytes=3G"), message);
    assertTrue(message.contains("raise spark.executor.memoryOverhead"), message);
  }

  @Test
  void aDriverThatWouldUseOtherThreadsIsRefused() {
    SparkConf conf = SparkSettings.complete(conf(), 2);
    SparkSettings.checkDriver(conf, Map.of("OMP_NUM_THREADS", "1"));
    String message =
        assertThrows(UserException.class, () -> SparkSettings.checkDriver(conf, Map.of()))
            .getMessage();
    assertTrue(message.contains("but is not set"), message);
  }

  @Test
  void amountsOfMemory() {
    assertEquals(4L << 30, MemorySize.parse("x", "4g", 'b'));
    assertEquals(512L << 20, MemorySize.parse("x", "512", 'm'));
    assertEquals(7, MemorySize.parse("x", "7b", 'm'));
    assertEquals("1.5 GiB", MemorySize.format(3L << 29));
    assertEquals(
        "x must be an amount of memory such as 4g, got 'much'",
        assertThrows(UserException.class, () -> MemorySize.parse("x", "much", 'b')).getMessage());
  }

  private static SparkConf withCards(String... more) {
    SparkConf conf = conf("spark.master", "yarn", "spark.executor.memoryOverhead", "2g");
    conf.set(TaskResources.OF_EXECUTOR, "1").set("spark.executor.cores", "8");
    for (int i = 0; i < more.length; i += 2) {
      conf.set(more[i], more[i + 1]);
    }
    return conf;
  }

  @Test
  void cardsAreGivenByStageUnlessEveryTaskTakesOne() {
    assertTrue(TaskResources.areGivenByStage(withCards()));
    assertEquals(1, TaskResources.networkTasksAtOnce(withCards()));
    SparkConf everyTask = withCards(TaskResources.OF_TASK, "1");
    assertFalse(TaskResources.areGivenByStage(everyTask));
    assertFalse(TaskResources.areGivenByStage(withCards("spark.master", "local[8]")));
    SparkConf none = conf("spark.master", "yarn", "spark.executor.cores", "8");
    assertFalse(TaskResources.areGivenByStage(none));
    assertEquals(4, TaskResources.networkTasksAtOnce(none.set("spark.task.cpus", "2")));
  }

  @Test
  void whatSparkWouldTakeOtherwiseForCardsIsRefused() {
    String dynamic = "spark.dynamicAllocation.enabled";
    String message =
        assertThrows(
                UserException.class, () -> SparkSettings.complete(withCards(dynamic, "true"), 2))
            .getMessage();
    assertTrue(message.contains("set spark.task.resource.gpu.amount=1"), message);
    SparkSettings.complete(withCards(dynamic, "true", TaskResources.OF_TASK, "1"), 2);
    message =
        assertThrows(
                UserException.class,
                () -> SparkSettings.complete(withCards(TaskResources.OF_EXECUTOR, "2"), 2))
            .getMessage();
    assertTrue(message.startsWith("spark.executor.resource.gpu.amount is 2"), message);
  }
}
