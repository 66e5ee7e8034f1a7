package io.sparkddpm.spark.training.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.spark.session.MeasuredProgress;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.Sessions;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.monitor.RunObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Spark's own Prometheus servlet says while a run trains. */
class LiveMetricsTest {
  @TempDir private Path dir;

  private static String get(SparkSession spark, String path) {
    String uri = spark.sparkContext().uiWebUrl().get() + path;
    try {
      HttpClient client =
          HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();
      HttpRequest request = HttpRequest.newBuilder(URI.create(uri)).build();
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertEquals(200, response.statusCode(), uri);
      return response.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Spark's pages show what its listeners have received. */
  private static void awaitListeners(SparkSession spark) {
    try {
      spark.sparkContext().listenerBus().waitUntilEmpty();
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double gauge(String page, String name) {
    Matcher line =
        Pattern.compile("(?m)^metrics_\\S*_driver_ddpm_" + name + "_Value\\{[^}]*} (\\S+)$")
            .matcher(page);
    assertTrue(line.find(), () -> name + " in " + page);
    return Double.parseDouble(line.group(1));
  }

  /** The dashboard for Grafana asks for names by expressions that match whole names. */
  private static void assertShowsAllOfTheDashboard(String page) {
    List<String> names = page.lines().map(line -> line.replaceFirst("\\{.*", "")).toList();
    Matcher asked = Pattern.compile("__name__=~\\\\\"(.*?)\\\\\"").matcher(dashboard());
    int found = 0;
    for (; asked.find(); found++) {
      String wanted = asked.group(1);
      assertTrue(names.stream().anyMatch(n -> n.matches(wanted)), () -> wanted + " in " + page);
    }
    assertTrue(found > 15, "expressions in the dashboard: " + found);
  }

  private static String dashboard() {
    try {
      return Files.readString(
          Path.of(System.getProperty("ddpm.root", ".."), "conf", "grafana-dashboard.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void showsLossStepAndProgressWhileItTrains() throws IOException {
    List<String> pages = new ArrayList<>();
    List<String> jobs = new ArrayList<>();
    Map<String, String> settings =
        Map.of("spark.master", "local[2]", "spark.ui.enabled", "true", "spark.ui.port", "0");
    try (SparkSession spark = Sessions.open("metrics", settings)) {
      RunObserver observer =
          new RunObserver() {
            @Override
            public void checkpointed(Checkpoint checkpoint) {
              awaitListeners(spark);
              pages.add(get(spark, "/metrics/prometheus"));
              jobs.add(
                  get(
                      spark,
                      "/api/v1/applications/" + spark.sparkContext().applicationId() + "/jobs"));
            }
          };
      TrainJob.Result result =
          TrainFixture.job(spark, dir, TrainFixture.settings(TrainFixture.training(8, 12, 2, 2)))
              .asOnCluster()
              .progress(new MeasuredProgress(Progress.NONE))
              .observer(observer)
              .run();
      String last = pages.get(pages.size() - 1);
      assertShowsAllOfTheDashboard(last);
      assertTrue(gauge(last, "training_loss") > 0);
      assertTrue(gauge(last, "training_images_per_second") > 0);
      assertEquals(result.step(), gauge(last, "training_step"));
      assertEquals(result.step(), gauge(last, "stage_train_done"));
      assertEquals(result.step(), gauge(last, "stage_train_total"));
      assertFalse(get(spark, "/metrics/prometheus").contains("ddpm_training"));
    }
    assertTrue(
        jobs.get(jobs.size() - 1).contains("\"description\" : \"train: steps "), jobs::toString);
    assertTrue(Files.exists(dir.resolve("tensorboard/events.out.tfevents.0000000006.ddpm")));
  }
}
