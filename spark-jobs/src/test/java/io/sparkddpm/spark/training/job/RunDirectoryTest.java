package io.sparkddpm.spark.training.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.training.MaintenanceConfig;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.MetricsLog;
import io.sparkddpm.spark.training.checkpoint.Retention;
import io.sparkddpm.spark.training.checkpoint.RunDirectory;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process may write into a run's directory. */
class RunDirectoryTest {
  private static final Configuration CONF = new Configuration();

  @TempDir private Path dir;

  private static void add(MetricsLog metrics, long step) {
    List<Double> quarters = List.of(0.1, 0.2, Double.NaN, 0.4);
    metrics.add(new TrainingMetrics(step, 0.5, quarters, quarters, 1, 1e-4, 8 * step, 100, 1, 0.5));
  }

  private TreeMap<String, String> files() throws IOException {
    TreeMap<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        if (!file.toString().contains("_lease")) {
          files.put(file.toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
        }
      }
    }
    return files;
  }

  private void oust() throws IOException {
    try (Stream<Path> claims = Files.list(dir.resolve("_lease"))) {
      for (Path claim : claims.filter(f -> f.toString().endsWith(".json")).toList()) {
        Files.delete(claim);
      }
    }
  }

  @Test
  void whoHasLostTheLeaseWritesNothing() throws IOException {
    URI run = dir.toUri();
    RunSettings settings = TrainFixture.settings(TrainFixture.training(7, 12, 2, 2));
    Retention rule = Retention.of(settings.training(), MaintenanceConfig.DEFAULTS, Set.of());
    try (Lease lease = Lease.acquire(CONF, run)) {
      RunDirectory directory =
          new RunDirectory(
              CONF,
              run,
              lease,
              settings,
              Optional.of(new InputRef("d:/", "f")),
              DatasetNotes.NONE,
              rule);
      MetricsLog metrics = directory.metrics(0);
      directory.writeSettings();
      add(metrics, 1);
      metrics.publish();
      directory.writeGrid(1, new byte[] {1});
      TreeMap<String, String> before = files();
      assertEquals(3, before.size(), before.keySet().toString());

      oust();
      add(metrics, 2);
      assertRefused(directory::writeSettings);
      assertRefused(metrics::publish);
      assertRefused(() -> metrics.seal(2));
      assertRefused(() -> directory.writeGrid(1, new byte[] {2}));
      assertRefused(() -> directory.writeGrid(2, new byte[] {2}));
      assertRefused(directory::deleteManifest);
      assertEquals(before, files());
    } catch (UserException e) {
      assertTrue(e.getMessage().contains("_lease"), e.getMessage()); // closing says so too
    }
  }

  private static void assertRefused(Runnable write) {
    UserException e = assertThrows(UserException.class, write::run);
    assertTrue(e.getMessage().contains("somebody removed it"), e.getMessage());
  }
}
