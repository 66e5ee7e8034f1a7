package io.sparkddpm.spark.training.checkpoint;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.MetricsWindow;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.input.Mutants;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Damaged small files of a run, which no checksum covers. */
@Timeout(120) // only a hang takes as long
class RunFilesFuzzTest {
  private static final long MOST = 4L << 20;

  @TempDir private Path temp;

  @Test
  void metrics() throws IOException {
    Configuration conf = new Configuration();
    URI run = temp.toUri();
    Files.createDirectories(temp.resolve(RunFiles.METRICS_PARTS));
    StringBuilder lines = new StringBuilder();
    for (int step = 1; step <= 3; step++) {
      List<Double> quarters = List.of(0.1, 0.2, Double.NaN, 0.4);
      TrainingMetrics metrics =
          new TrainingMetrics(step, 0.5, quarters, quarters, 1, 1e-4, 8L * step, 100, 1, 0.5);
      lines.append(metrics.toJson()).append('\n');
    }
    Path part = temp.resolve(RunFiles.METRICS_PARTS).resolve("step-00000003.jsonl");
    Files.writeString(part, lines);
    Mutants.forEach(
        "metrics.jsonl",
        Files.readAllBytes(part),
        MOST,
        mutant -> {
          Files.write(part, mutant);
          for (TrainingMetrics metrics : new MetricsLog(conf, run, 3, Optional.empty()).all()) {
            assertTrue(metrics.toJson().length() > 10);
          }
        });
  }

  @Test
  void metricsWindow() {
    Mutants.forEach(
        "metrics window",
        new MetricsWindow(1000).save().getBytes(StandardCharsets.UTF_8),
        MOST,
        mutant ->
            MetricsWindow.restore(1000, new String(mutant, StandardCharsets.UTF_8), "m.json"));
  }
}
