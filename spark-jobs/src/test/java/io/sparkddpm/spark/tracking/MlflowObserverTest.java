package io.sparkddpm.spark.tracking;

import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.report.MetricsEvents;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.tracking.MlflowServer.Fault;
import io.sparkddpm.spark.tracking.MlflowServer.Point;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.MetricsLog;
import io.sparkddpm.spark.training.job.RandomImages;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.job.TrainJob;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an MLflow server has of a run, and what a run notices of a bad one. */
class MlflowObserverTest {
  private static final long STEPS = 24;

  /** Metrics come every four steps. */
  private static final List<Long> LINES = List.of(4L, 8L, 12L, 16L, 20L, 24L);

  @TempDir static Path dir;
  private static SparkSession spark;
  private static Path alone;

  private final List<String> warnings = new ArrayList<>();

  @BeforeAll
  static void start() {
    spark = TrainFixture.spark("local[2]");
    alone = dir.resolve("alone");
    job(alone, STEPS).run();
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  private static RunSettings settings24(long steps) {
    return settings(training(7, steps, 2, 2));
  }

  private static TrainJob job(Path run, long steps) {
    return TrainFixture.job(spark, run, settings24(steps));
  }

  private static MlflowConfig config(String uri, double seconds) {
    return new MlflowConfig(true, uri, "shapes", "", "", seconds);
  }

  private MlflowObserver to(MlflowConfig config, Map<String, String> environment) {
    return new MlflowObserver(MlflowClient.of(config, environment), config, "app-1", warnings::add);
  }

  private MlflowObserver to(MlflowServer server) {
    return to(config(server.uri(), 60), Map.of());
  }

  private static void assertSameBits(Path run) {
    assertEquals(last(alone).manifest().fingerprint(), last(run).manifest().fingerprint());
    assertEquals(metrics(alone), metrics(run));
    Artifact.open(TrainFixture.CONF, uri(run)).verify();
  }

  @Test
  void theServerHasParametersMetricsByStepTagsAndTheModel() {
    try (MlflowServer server = MlflowServer.start()) {
      Path run = dir.resolve("whole");
      String place = uri(run).toString();
      MlflowConfig config = new MlflowConfig(true, server.uri() + "/", "shapes", "", "tiny", 60);
      job(run, STEPS).observer(to(config, Map.of())).run();
      assertSameBits(run);
      assertEquals(List.of(), server.complaints());
      assertEquals(List.of(), warnings);
      assertEquals(List.of("shapes"), server.experiments());
      MlflowServer.RunEntry entry = server.run();
      assertEquals(dir.getFileName() + "/whole", entry.name);
      assertEquals(List.of("RUNNING", "FINISHED"), entry.statuses);
      assertTrue(entry.endTime > 1_700_000_000_000L, () -> "" + entry.endTime);
      settings24(STEPS)
          .keys()
          .forEach(
              (key, value) ->
                  assertEquals(value.isEmpty() ? null : value, entry.params.get(key), key));
      assertEquals("app-1", entry.tags.get("spark.application-id"));
      assertEquals(place, entry.tags.get("ddpm.run"));
      assertEquals(TrainFixture.DATASET.fingerprint(), entry.tags.get("ddpm.dataset-fingerprint"));
      assertEquals(
          last(run).manifest().fingerprint(), entry.tags.get("ddpm.checkpoint-fingerprint"));
      assertSameValues(run, entry);
      assertEquals(1, server.versions().size());
      assertEquals("tiny", server.versions().get(0).get("name").asText());
      String checkpoint = server.versions().get(0).get("source").asText();
      assertEquals(entry.tags.get("ddpm.checkpoint"), checkpoint);
      assertTrue(checkpoint.endsWith("/whole/checkpoints/step-00000024"), checkpoint);
    }
  }

  private static void assertSameValues(Path run, MlflowServer.RunEntry entry) {
    List<TrainingMetrics> lines = MetricsLog.read(TrainFixture.CONF, uri(run));
    assertEquals(LINES, lines.stream().map(TrainingMetrics::step).toList());
    for (TrainingMetrics line : lines) {
      MetricsEvents.values(line)
          .forEach(
              (key, value) -> {
                List<Double> points =
                    entry.metrics.stream()
                        .filter(p -> p.step() == line.step() && p.key().equals(key))
                        .map(Point::value)
                        .toList();
                assertEquals(Double.isFinite(value) ? List.of(value) : List.of(), points, key);
              });
    }
    long[] times = entry.metrics.stream().mapToLong(Point::timestamp).toArray();
    for (int i = 1; i < times.length; i++) {
      assertTrue(times[i] >= times[i - 1], "times grow with steps");
    }
  }

  @Test
  void aResumedRunIsTheSameRunThere() {
    try (MlflowServer server = MlflowServer.start()) {
      Path run = dir.resolve("resumed");
      TrainJob killed =
          job(run, 48)
              .source(
                  new RandomImages(
                      TrainFixture.IMAGES, TrainFixture.SIZE, RandomImages.Fault.killAt(17, 7)),
                  TrainFixture.DATASET)
              .observer(to(server));
      assertThrows(IllegalStateException.class, killed::run);
      assertEquals("FAILED", server.run().status());
      assertEquals(LINES.subList(0, 4), server.run().steps("loss"));
      // Resumes at step 12, so that the line of step 16 is taken once more.
      job(run, STEPS).observer(to(server)).run();
      assertSameBits(run);
      MlflowServer.RunEntry entry = server.run();
      assertEquals(List.of("RUNNING", "FAILED", "RUNNING", "FINISHED"), entry.statuses);
      assertEquals(LINES, entry.steps("loss"));
      assertEquals("48", entry.params.get("training.steps"));
      assertEquals("24", entry.tags.get("training.steps"));
      assertEquals(List.of(), server.complaints());
      assertEquals(List.of(), warnings);
    }
  }

  @Test
  void whatDidNotReachTheServerIsSentOnResumption() throws IOException {
    Path run = dir.resolve("later");
    int port = freePort();
    MlflowConfig config = config("http://127.0.0.1:" + port, 0.2);
    job(run, 12).observer(to(config, Map.of())).run();
    assertEquals(1, warnings.size(), warnings::toString);
    try (MlflowServer server = MlflowServer.start(port)) {
      job(run, STEPS).observer(to(server)).run();
      assertSameBits(run);
      assertEquals(LINES, server.run().steps("loss"));
      assertSameValues(run, server.run());
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void aServerThatFailsNowAndThenHasEverythingOnce() {
    try (MlflowServer server = MlflowServer.start()) {
      Path run = dir.resolve("shaky");
      server.fail(Fault.UNAVAILABLE, Fault.NONE, Fault.ANSWER_LOST); // the experiment's creation
      server.fail(Fault.NONE, Fault.NONE, Fault.ANSWER_LOST); // the run's creation
      server.fail(Fault.NONE, Fault.NONE, Fault.CUT); // it is found and set to running
      server.fail(Fault.NONE, Fault.NONE, Fault.NONE, Fault.ANSWER_LOST); // its parameters
      server.fail(Fault.NONE, Fault.NONE, Fault.NONE, Fault.NONE, Fault.ANSWER_LOST); // metrics
      TrainJob.Result result = job(run, STEPS).observer(to(server)).run();
      assertEquals(STEPS, result.step());
      assertSameBits(run);
      assertEquals(1, server.runs());
      assertEquals(LINES, server.run().steps("loss"));
      assertSameValues(run, server.run());
      assertEquals("FINISHED", server.run().status());
      assertEquals(List.of(), server.complaints());
      assertEquals(1, warnings.size(), warnings::toString);
      assertTrue(
          warnings.get(0).startsWith("cannot report to MLflow at " + server.uri()),
          warnings::toString);
    }
  }

  @Test
  void aServerThatSaysNothingHoldsTheEndUpForTheTimeGiven() {
    try (MlflowServer server = MlflowServer.start()) {
      server.fail(Fault.SILENT, Fault.SILENT, Fault.SILENT, Fault.SILENT, Fault.SILENT);
      Path run = dir.resolve("silent");
      job(run, STEPS).observer(to(config(server.uri(), 0.2), Map.of())).run();
      assertSameBits(run);
      assertEquals(1, warnings.size(), warnings::toString);
    }
  }

  @Test
  void aRefusalIsNotTriedAgain() {
    try (MlflowServer server = MlflowServer.start().authorized("Bearer right")) {
      Path run = dir.resolve("refused");
      Map<String, String> wrong = Map.of("MLFLOW_TRACKING_TOKEN", "wrong-token");
      job(run, STEPS).observer(to(config(server.uri(), 60), wrong)).run();
      assertSameBits(run);
      assertEquals(1, server.requests().size());
      assertEquals(
          List.of(
              "cannot report to MLflow at "
                  + server.uri()
                  + ": experiments/get-by-name: You are not authenticated.; training continues"
                  + " without it"),
          warnings);
    }
  }

  @Test
  void credentialsAreThoseOfTheEnvironment() throws Exception {
    MlflowConfig config = new MlflowConfig(true, "", "shapes", "", "", 60);
    try (MlflowServer server = MlflowServer.start().authorized("Basic bWU6cGFzcw==")) {
      Map<String, String> environment =
          Map.of(
              "MLFLOW_TRACKING_URI", server.uri(),
              "MLFLOW_TRACKING_USERNAME", "me",
              "MLFLOW_TRACKING_PASSWORD", "pass",
              "MLFLOW_TRACKING_TOKEN", "unused");
      MlflowClient client = MlflowClient.of(config, environment);
      client.post("experiments/create", MlflowClient.body().put("name", "shapes"));
      server.authorized("Bearer right");
      Map<String, String> token =
          Map.of("MLFLOW_TRACKING_URI", server.uri(), "MLFLOW_TRACKING_TOKEN", "right");
      MlflowClient.of(config, token)
          .get("experiments/get-by-name", Map.of("experiment_name", "shapes"));
    }
  }

  private static String refused(String uri) {
    return assertThrows(UserException.class, () -> MlflowClient.of(config(uri, 1), Map.of()))
        .getMessage();
  }

  @Test
  void badAddressesAreRefusedWithoutShowingSecrets() {
    assertEquals(
        "mlflow.enabled=true needs a server: set mlflow.uri or the environment variable"
            + " MLFLOW_TRACKING_URI",
        refused(""));
    assertEquals(
        "mlflow.uri must be http://HOST or https://HOST, got sqlite:///mlflow.db",
        refused("sqlite:///mlflow.db"));
    String credential = refused("https://me:hidden@host");
    assertTrue(credential.startsWith("mlflow.uri holds a credential: put it into"), credential);
    assertFalse(credential.contains("hidden"), credential);
    assertFalse(refused("https://me:hid den@host").contains("hid"));
    assertEquals(Optional.empty(), MlflowObserver.of(MlflowConfig.DEFAULTS, Map.of(), "app-1"));
  }
}
