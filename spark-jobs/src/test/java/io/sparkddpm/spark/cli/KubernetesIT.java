package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.lab.cluster.KubernetesSchema;
import io.sparkddpm.spark.lab.cluster.LocalPods;
import io.sparkddpm.spark.lab.cluster.SparkHome;
import io.sparkddpm.spark.lab.cluster.StrictYaml;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged jar through Spark's own client of Kubernetes: the API server is of the test, and
 * runs the pods that it is asked for as processes.
 */
class KubernetesIT {
  private static final String SMALL =
      """
seed = 3
shard { image-size = 16, records-per-shard = 20 }
model {
  image-size = 16, channels = 32, multipliers = [1, 1], blocks = 1, attention = []
}
training {
  batch-size = 4, workers = 2, averaging.type = gradients, sample-every = 0, ema.rates = [0.9]
  metrics-every = 1
}
sample { weights = ema-0.9, solver { type = ddim }, steps = 2 }
fid { force = true }
""";

  @TempDir private static Path dir;
  private static Path images;
  private static SparkHome spark;
  private static LocalPods cluster;

  @BeforeAll
  static void prepare() throws IOException {
    images = dir.resolve("shapes.bin");
    try (OutputStream out = Files.newOutputStream(images)) {
      ShapesImages.write(out, 5, 40);
    }
    spark = SparkHome.create(dir.resolve("spark"));
    cluster = new LocalPods(Files.createDirectory(dir.resolve("pods")), spark);
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static SparkHome.Ended submit(String name, List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("submit-k8s"));
    command.addAll(arguments);
    command.addAll(Tiny.of(arguments.get(0)));
    command.addAll(
        List.of(
            "--spark-conf=spark.kubernetes.driver.master=" + cluster.url(),
            "--spark-conf=spark.executor.instances=2",
            "--spark-conf=spark.executor.memory=512m",
            "--spark-conf=spark.executor.memoryOverhead=1g",
            "--spark-conf=spark.driver.memory=512m",
            "--spark-conf=spark.driver.memoryOverhead=1g",
            "--spark-conf=spark.ui.enabled=false"));
    Path log = dir.resolve(name);
    Map<String, String> environment =
        Map.of("DDPM_K8S_MASTER", cluster.url(), "DDPM_IMAGE", "example.org/spark-ddpm:test");
    return spark.await(log, spark.start(log, environment, command));
  }

  private static Pod lastDriver() {
    return cluster.started().stream()
        .filter(p -> "driver".equals(p.getMetadata().getLabels().get("spark-role")))
        .reduce((a, b) -> b)
        .orElseThrow();
  }

  @Test
  void driverAndExecutorsTrainInTheirPods() throws Exception {
    int before = cluster.started().size();
    SparkHome.Ended ended =
        submit(
            "pipeline",
            List.of(
                "pipeline",
                "--input",
                images.toUri().toString(),
                "--output",
                dir.resolve("out").toUri().toString()));
    Pod driver = lastDriver();
    assertEquals(Cli.OK, ended.exitCode(), () -> ended.err() + cluster.log(driver));
    assertTrue(cluster.log(driver).contains("ema-0.9: fd-random"), () -> cluster.log(driver));
    assertEquals(
        4,
        Checkpoints.latestWhole(new Configuration(), dir.resolve("out/run").toUri())
            .orElseThrow()
            .step());
    List<Pod> started = cluster.started().stream().skip(before).toList();
    List<Pod> executors =
        started.stream()
            .filter(p -> "executor".equals(p.getMetadata().getLabels().get("spark-role")))
            .toList();
    assertTrue(executors.size() >= 2);
    assertTrue(cluster.asked().size() > cluster.started().size(), "services and files, too");
    for (String resource : cluster.asked()) {
      assertEquals(Optional.empty(), KubernetesSchema.problem(resource), resource);
    }
    for (Pod pod : started) {
      assertTrue(pod.getSpec().getSecurityContext().getRunAsNonRoot());
      Container container = pod.getSpec().getContainers().get(0);
      assertEquals("example.org/spark-ddpm:test", container.getImage());
      assertTrue(
          container.getVolumeMounts().stream()
              .anyMatch(m -> m.getMountPath().equals("/opt/ddpm/credentials")));
    }
    Container executor = executors.get(0).getSpec().getContainers().get(0);
    assertTrue(
        executor.getEnv().stream()
            .anyMatch(e -> e.getName().equals("OMP_NUM_THREADS") && e.getValue().equals("1")));
  }

  @Test
  void badInputComesBackAsExitCodeTwo() throws Exception {
    Path foreign = dir.resolve("foreign.bin");
    Files.write(foreign, new byte[5000]);
    SparkHome.Ended ended =
        submit(
            "bad",
            List.of(
                "shard",
                "--input",
                foreign.toUri().toString(),
                "--output",
                dir.resolve("bad").toUri().toString()));
    Pod driver = lastDriver();
    assertEquals(Cli.BAD_INPUT, ended.exitCode(), () -> ended.err() + cluster.log(driver));
    assertTrue(
        cluster.log(driver).contains("foreign.bin has 5000 bytes"), () -> cluster.log(driver));
  }

  /** What the CronJob starts every night, smaller. */
  @Test
  void theNightlyJobsPodRunsANight() throws Exception {
    Path output = dir.resolve("nights");
    String config =
        SMALL
            + "nightly.steps = 2\npipeline { sample-count = 8, inputs = [\""
            + images.toUri()
            + "\"], output = \""
            + output.toUri()
            + "\" }\n";
    Path manifests = SparkHome.root().resolve("kubernetes");
    String template = Files.readString(manifests.resolve("executor-pod.yaml"));
    KubernetesClient client = cluster.client();
    client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName("ddpm-nightly")
                .withNamespace("default")
                .endMetadata()
                .addToData("nightly.conf", config)
                .addToData("executor-pod.yaml", template)
                .build())
        .create();
    CronJob cron =
        (CronJob)
            StrictYaml.read(Files.readString(manifests.resolve("nightly-cronjob.yaml"))).get(0);
    PodTemplateSpec job = cron.getSpec().getJobTemplate().getSpec().getTemplate();
    Container driver = job.getSpec().getContainers().get(0);
    driver.setArgs(driver.getArgs().stream().map(KubernetesIT::smaller).toList());
    Pod pod =
        client
            .resource(
                new PodBuilder()
                    .withMetadata(job.getMetadata())
                    .editMetadata()
                    .withName("ddpm-nightly-1")
                    .withNamespace("default")
                    .endMetadata()
                    .withSpec(job.getSpec())
                    .build())
            .create();
    assertEquals("Succeeded", cluster.ended(pod), () -> cluster.log(pod));
    assertTrue(cluster.log(pod).contains("2 steps to step 2"), () -> cluster.log(pod));
    assertEquals(1, Files.readAllLines(output.resolve("history.jsonl")).size());
    assertTrue(Files.exists(output.resolve("report.html")));
    List<Pod> executors =
        cluster.started().stream()
            .filter(p -> "executor".equals(p.getMetadata().getLabels().get("spark-role")))
            .filter(p -> p.getMetadata().getOwnerReferences().get(0).getName().equals(name(pod)))
            .toList();
    assertTrue(executors.size() >= 2);
    for (Pod executor : executors) {
      assertTrue(executor.getSpec().getSecurityContext().getRunAsNonRoot(), "of the template");
    }
  }

  private static String name(Pod pod) {
    return pod.getMetadata().getName();
  }

  /** The CronJob's arguments for this machine. */
  private static String smaller(String argument) {
    return argument
        .replace("driver-memory=4g", "driver-memory=512m")
        .replace("spark.executor.instances=4", "spark.executor.instances=2")
        .replace("spark.executor.memory=2g", "spark.executor.memory=512m")
        .replace("spark.executor.memoryOverhead=6g", "spark.executor.memoryOverhead=1g");
  }
}
