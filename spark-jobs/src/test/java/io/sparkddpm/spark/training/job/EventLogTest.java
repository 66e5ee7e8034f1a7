package io.sparkddpm.spark.training.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.report.MetricsEvents;
import io.sparkddpm.spark.session.Sessions;
import io.sparkddpm.spark.training.checkpoint.MetricsLog;
import io.sparkddpm.spark.training.monitor.TrainingMetricsEvent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.scheduler.ReplayListenerBus;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run's metrics in Spark's event log, read as the history server reads it. */
class EventLogTest {
  @TempDir private Path dir;

  /** What a log holds of a kind of events. */
  private static final class Replayed extends SparkListener {
    private final List<TrainingMetricsEvent> metrics = new ArrayList<>();
    private boolean ended;

    static Replayed of(String log) {
      Replayed replayed = new Replayed();
      ReplayListenerBus bus = new ReplayListenerBus();
      bus.addListener(replayed);
      var bytes = new ByteArrayInputStream(log.getBytes(StandardCharsets.UTF_8));
      assertTrue(bus.replay(bytes, "log", false, line -> true), "the log is read to its end");
      return replayed;
    }

    @Override
    public void onOtherEvent(SparkListenerEvent event) {
      if (event instanceof TrainingMetricsEvent ours) {
        metrics.add(ours);
      }
    }

    @Override
    public void onApplicationEnd(SparkListenerApplicationEnd end) {
      ended = true;
    }
  }

  @Test
  void keepsTheMetricsAndStaysReadableWithoutTheirClass() throws IOException {
    Path logs = Files.createDirectories(dir.resolve("logs"));
    Map<String, String> settings =
        Map.of(
            "spark.master", "local[2]",
            "spark.eventLog.enabled", "true",
            "spark.eventLog.rolling.enabled", "false", // Spark 4 rolls and compresses
            "spark.eventLog.compress", "false",
            "spark.eventLog.dir", logs.toUri().toString());
    Path run = dir.resolve("run");
    String place = TrainFixture.uri(run).toString();
    try (SparkSession spark = Sessions.open("events", settings)) {
      TrainFixture.job(spark, run, TrainFixture.settings(TrainFixture.training(8, 12, 2, 2))).run();
    }
    String log;
    try (Stream<Path> files = Files.list(logs)) {
      log = Files.readString(files.filter(f -> !f.toString().endsWith(".crc")).findFirst().get());
    }
    Replayed replayed = Replayed.of(log);
    assertTrue(replayed.ended);
    List<TrainingMetrics> lines = MetricsLog.read(TrainFixture.CONF, TrainFixture.uri(run));
    assertEquals(3, lines.size());
    assertEquals(lines.size(), replayed.metrics.size());
    for (int i = 0; i < lines.size(); i++) {
      TrainingMetricsEvent event = replayed.metrics.get(i);
      assertEquals(place, event.run());
      assertEquals(lines.get(i).step(), event.step());
      MetricsEvents.values(lines.get(i))
          .forEach(
              (name, value) ->
                  assertEquals(
                      Double.isFinite(value) ? value : null, event.values().get(name), name));
    }
    Replayed elsewhere = Replayed.of(log.replace(TrainingMetricsEvent.class.getName(), "a.Lost"));
    assertTrue(elsewhere.ended);
    assertEquals(List.of(), elsewhere.metrics);
  }
}
