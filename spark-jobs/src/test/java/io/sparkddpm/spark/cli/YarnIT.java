package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.lab.cluster.JavaProcess;
import io.sparkddpm.spark.lab.cluster.SparkHome;
import io.sparkddpm.spark.lab.cluster.YarnMiniCluster;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.api.records.ApplicationReport;
import org.apache.hadoop.yarn.api.records.YarnApplicationState;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar on a real YARN, submitted by the script through spark-submit's entry point. */
class YarnIT {
  @TempDir private static Path dir;
  private static Path images;
  private static JavaProcess yarn;
  private static Path clientConf;
  private static SparkHome spark;

  @BeforeAll
  static void prepare() throws IOException {
    assumeTrue(
        YarnIT.class.getResource("/org/apache/spark/deploy/yarn/Client.class") != null,
        "spark-yarn is not on the class path");
    images = dir.resolve("shapes.bin");
    try (OutputStream out = Files.newOutputStream(images)) {
      ShapesImages.write(out, 5, 40);
    }
    spark = SparkHome.create(dir.resolve("spark"));
    Path work = Files.createDirectory(dir.resolve("yarn"));
    yarn =
        JavaProcess.start(
            dir.resolve("yarn.log"),
            Map.of("HADOOP_HOME", work.toString()),
            Pattern.compile("YARN is configured in (\\S+)"),
            "512m",
            YarnMiniCluster.class.getName(),
            List.of(work.toString()));
    clientConf = Path.of(yarn.announced());
  }

  @AfterAll
  static void stop() {
    if (yarn != null) {
      yarn.close();
    }
  }

  private static List<String> settings(String command) {
    List<String> all = new ArrayList<>(Tiny.of(command));
    Map<String, String> conf =
        Map.of(
            "spark.yarn.jars", spark.localJars(),
            "spark.yarn.stagingDir", dir.resolve("staging").toString(),
            "spark.yarn.maxAppAttempts", "1",
            "spark.executor.instances", "2",
            "spark.executor.memory", "512m",
            "spark.executor.memoryOverhead", "1g",
            "spark.driver.memory", "512m",
            "spark.driver.memoryOverhead", "1g",
            "spark.ui.enabled", "false");
    conf.forEach((k, v) -> all.add("--spark-conf=" + k + "=" + v));
    return all;
  }

  private static Process start(String name, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("submit-yarn"));
    int rest = arguments.get(0).startsWith("--") ? 2 : 1;
    command.addAll(arguments.subList(0, rest));
    command.addAll(settings(arguments.get(rest - 1)));
    command.addAll(arguments.subList(rest, arguments.size()));
    return spark.start(
        dir.resolve(name),
        Map.of("HADOOP_CONF_DIR", clientConf.toString(), "DDPM_YARN_LOG_WAIT", "600"),
        command);
  }

  private static SparkHome.Ended submit(String name, String... arguments) throws Exception {
    return spark.await(dir.resolve(name), start(name, List.of(arguments)));
  }

  @Test
  void thePipelineRunsOnTheCluster() throws Exception {
    Path output = dir.resolve("out");
    SparkHome.Ended ended =
        submit(
            "pipeline",
            "pipeline",
            "--input",
            images.toUri().toString(),
            "--output",
            output.toUri().toString());
    assertEquals(Cli.OK, ended.exitCode(), ended::err);
    assertTrue(ended.out().contains("ema-0.9: fd-random"), () -> ended.out() + ended.err());
    assertTrue(ended.out().contains("report"), ended::out);
    assertTrue(Files.exists(output.resolve("report.html")));
    assertEquals(4, step("out/run"));
  }

  @Test
  void badInputComesBackAsOneLineAndExitCodeTwo() throws Exception {
    Path foreign = dir.resolve("foreign.bin");
    Files.write(foreign, new byte[5000]);
    SparkHome.Ended ended =
        submit(
            "bad",
            "shard",
            "--input",
            foreign.toUri().toString(),
            "--output",
            dir.resolve("bad").toUri().toString());
    assertEquals(Cli.BAD_INPUT, ended.exitCode(), ended::err);
    String last = ended.err().lines().reduce("", (a, b) -> b);
    assertTrue(last.startsWith("ddpm: "), ended::err);
    assertTrue(last.contains("foreign.bin has 5000 bytes"), ended::err);
  }

  /** Killed in cluster mode, resumed in client mode. */
  @Test
  void anApplicationThatWasKilledResumesWhenItIsSubmittedAgain() throws Exception {
    String dataset = dir.resolve("dataset").toUri().toString();
    List<String> shard = new ArrayList<>(List.of("shard", "--input=" + images));
    shard.addAll(Tiny.of("shard"));
    shard.addAll(List.of("--output=" + dataset, "--spark-conf=spark.master=local[2]"));
    Said sharded = Said.run(shard);
    assertEquals(Cli.OK, sharded.code(), sharded::text);
    List<String> train =
        List.of(
            "train",
            "--dataset=" + dataset,
            "--run=" + dir.resolve("killed").toUri(),
            "--set=training.steps=100000");
    Path checkpoints = Files.createDirectories(dir.resolve("killed/checkpoints"));
    try (WatchService watch = checkpoints.getFileSystem().newWatchService()) {
      checkpoints.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      List<String> endless = new ArrayList<>(train);
      Process first = start("killed", endless);
      boolean begun = false;
      while (!begun) {
        WatchKey key = watch.poll(1, TimeUnit.SECONDS);
        assertTrue(first.isAlive(), "the application ended by itself");
        begun =
            key != null
                && key.pollEvents().stream()
                    .anyMatch(e -> String.valueOf(e.context()).equals("step-00000004"));
        assertTrue(key == null || key.reset());
      }
      killTheRunningOne();
      SparkHome.Ended ended = spark.await(dir.resolve("killed"), first);
      assertEquals(Cli.FAILED, ended.exitCode(), ended::err);
    }
    long reached = step("killed");
    assertTrue(reached >= 2);
    assertNotEquals(100000, reached);
    SparkHome.Ended again =
        submit(
            "again",
            "--client",
            "train",
            "--dataset=" + dataset,
            "--run=" + dir.resolve("killed").toUri(),
            "--set=training.steps=" + (reached + 2));
    assertEquals(Cli.OK, again.exitCode(), again::err);
    assertEquals(reached + 2, step("killed"));
    assertFalse(again.out().isEmpty());
  }

  private static long step(String run) {
    return Checkpoints.latestWhole(new Configuration(), dir.resolve(run).toUri())
        .orElseThrow()
        .step();
  }

  private static void killTheRunningOne() throws Exception {
    YarnConfiguration conf = new YarnConfiguration();
    conf.addResource(new org.apache.hadoop.fs.Path(clientConf.resolve("yarn-site.xml").toUri()));
    try (YarnClient client = YarnClient.createYarnClient()) {
      client.init(conf);
      client.start();
      for (ApplicationReport report : client.getApplications()) {
        if (report.getYarnApplicationState() == YarnApplicationState.RUNNING) {
          client.killApplication(report.getApplicationId());
        }
      }
    }
  }
}
