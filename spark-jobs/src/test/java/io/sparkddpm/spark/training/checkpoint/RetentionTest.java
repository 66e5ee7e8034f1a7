package io.sparkddpm.spark.training.checkpoint;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.store.FailingDisk;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is deleted of checkpoints that are whole, half-written, damaged or half-deleted. */
class RetentionTest {
  private static final Map<String, String> SETTINGS = settings(training(7, 8, 1, 1)).toMap();

  @TempDir Path dir;

  @AfterEach
  void mend() {
    FailingDisk.mend();
  }

  private static Path checkpoint(Path run, long step) {
    return run.resolve("checkpoints/" + RunFiles.step(step));
  }

  private static Path write(Path run, long step) throws IOException {
    Path place = Files.createDirectories(checkpoint(run, step));
    byte[] weights = ("weights of " + step).getBytes(StandardCharsets.UTF_8);
    String name = Checkpoint.WEIGHTS_FILE;
    MessageDigest digest = Sha256.digest();
    digest.update(weights);
    Files.write(place.resolve(name), weights);
    Manifest manifest =
        Manifest.builder(ArtifactKind.CHECKPOINT)
            .config(SETTINGS)
            .count(Checkpoint.STEP, step)
            .file(new FileEntry(name, name, weights.length, Sha256.hex(digest), null))
            .build();
    Files.write(place.resolve(Manifest.FILE_NAME), manifest.toJson());
    return place;
  }

  private static void halfWrite(Path run, long step) throws IOException {
    Path place = Files.createDirectories(checkpoint(run, step));
    Files.writeString(place.resolve(Checkpoint.WEIGHTS_FILE), "wei");
  }

  /** One of the ways in which a checkpoint is found after a bad day. */
  private static void writeSomehow(Path run, long step, int how) throws IOException {
    if (how == 0) {
      halfWrite(run, step);
      return;
    }
    Path place = write(run, step);
    Path weights = place.resolve(Checkpoint.WEIGHTS_FILE);
    Path manifest = place.resolve(Manifest.FILE_NAME);
    switch (how) {
      case 1 -> Files.delete(manifest); // killed while it was deleted
      case 2 -> Files.writeString(manifest, Files.readString(manifest).substring(0, 40));
      case 3 -> Files.writeString(weights, "wei");
      case 4 -> Files.delete(weights);
      case 5 -> Files.writeString(weights, Files.readString(weights).replace('w', 'v'));
      default -> assertTrue(how >= 6); // whole
    }
  }

  private static NavigableSet<Long> steps(Path run) {
    return new TreeSet<>(Checkpoints.directories(CONF, uri(run)).keySet());
  }

  private static boolean isWhole(Path run, long step) {
    return Checkpoints.damage(CONF, uri(checkpoint(run, step))).isEmpty();
  }

  /** Damage that only reading all of it shows. */
  private static boolean hasRightSizes(Path run, long step) throws IOException {
    Path weights = checkpoint(run, step).resolve(Checkpoint.WEIGHTS_FILE);
    Path manifest = checkpoint(run, step).resolve(Manifest.FILE_NAME);
    return Files.exists(weights)
        && Files.size(weights) > 3
        && Files.exists(manifest)
        && Files.size(manifest) > 40;
  }

  private static Optional<Long> newestWhole(Path run) {
    return Checkpoints.latestWhole(CONF, uri(run)).map(Checkpoint::step);
  }

  private static TrainingMetrics metrics(long step, double loss) {
    List<Double> none = List.of(0.0, 0.0, 0.0, 0.0);
    return new TrainingMetrics(step, loss, none, none, 0, 0, 1, 0, 0, 0);
  }

  @Test
  void whateverIsBrokenTheWholeOnesOfTheRuleStay() throws IOException {
    for (int seed = 0; seed < 25; seed++) {
      Random random = new Random(seed);
      Path run = dir.resolve("run-" + seed);
      List<TrainingMetrics> metrics = new ArrayList<>();
      long step = 0;
      for (int night = 0; night < 4; night++) {
        for (int n = random.nextInt(4); n >= 0; n--) {
          writeSomehow(run, step, random.nextInt(11));
          step += 1 + random.nextInt(5);
          metrics.add(metrics(step, random.nextDouble()));
        }
        Set<Long> kept = new HashSet<>();
        steps(run).stream().filter(s -> random.nextInt(6) == 0).forEach(kept::add);
        Retention rule =
            new Retention(1 + random.nextInt(3), random.nextInt(4), random.nextBoolean(), kept);
        check(run, rule, metrics, "seed " + seed + ", " + rule);
      }
    }
  }

  private static void check(Path run, Retention rule, List<TrainingMetrics> metrics, String message)
      throws IOException {
    NavigableSet<Long> before = steps(run);
    Optional<Long> newest = newestWhole(run);
    Set<Long> expected = new TreeSet<>(before);
    if (newest.isPresent()) {
      List<Long> counted = new ArrayList<>();
      for (long step : before.headSet(newest.get(), true).descendingSet()) {
        if (hasRightSizes(run, step)) {
          counted.add(step);
        }
      }
      expected = new TreeSet<>(before.tailSet(newest.get(), false));
      expected.addAll(counted.subList(0, Math.min(rule.last(), counted.size())));
      before.stream().filter(rule.kept()::contains).forEach(expected::add);
      if (rule.every() > 0) {
        before.stream().filter(s -> s > 0 && s % rule.every() == 0).forEach(expected::add);
      }
      if (rule.best()) {
        counted.stream()
            .sorted()
            .filter(s -> metrics.get(0).step() <= s)
            .min(Comparator.comparingDouble(s -> lossUpTo(s, metrics)))
            .ifPresent(expected::add);
      }
      Checkpoints.retain(CONF, uri(run), rule, metrics, newest.get());
    } else {
      Checkpoints.keepOnly(CONF, uri(run), rule);
    }
    assertEquals(expected, steps(run), message);
    assertEquals(newest, newestWhole(run), message);
  }

  private static double lossUpTo(long step, List<TrainingMetrics> metrics) {
    List<Double> losses =
        metrics.stream().filter(m -> m.step() <= step).map(TrainingMetrics::loss).toList();
    return losses.subList(Math.max(0, losses.size() - 10), losses.size()).stream()
        .mapToDouble(l -> l)
        .average()
        .orElseThrow();
  }

  /** The one of right sizes and wrong content must not take the place of the one before it. */
  @Test
  void keepOnlyReadsTheLatestBeforeItDeletesTheOthers() throws IOException {
    Path run = dir.resolve("run");
    write(run, 12);
    writeSomehow(run, 18, 5);
    write(run, 6);
    halfWrite(run, 20);
    Checkpoints.keepOnly(CONF, uri(run), new Retention(1, 0, false, Set.of()));
    assertEquals(Set.of(12L, 18L, 20L), steps(run));
    assertEquals(Optional.of(12L), newestWhole(run));
    assertTrue(isWhole(run, 12));
  }

  @Test
  void keepOnlyKnowsEveryRuleOfTheRun() throws IOException {
    Path run = dir.resolve("run");
    for (long step : List.of(0L, 4L, 5L, 6L, 7L, 8L, 9L)) {
      write(run, step);
    }
    Path parts = Files.createDirectories(run.resolve("metrics"));
    Files.writeString(
        parts.resolve("step-00000009.jsonl"),
        List.of(metrics(4, 4), metrics(5, 0.1), metrics(6, 6), metrics(7, 7), metrics(9, 9))
                .stream()
                .map(TrainingMetrics::toJson)
                .reduce((a, b) -> a + "\n" + b)
                .orElseThrow()
            + "\n");
    Checkpoints.keepOnly(CONF, uri(run), new Retention(2, 4, true, Set.of(6L)));
    assertEquals(Set.of(4L, 5L, 6L, 8L, 9L), steps(run));
  }

  @Test
  void nothingIsDeletedWhereTheDiskDoesNotShowWhichAreWhole() throws IOException {
    Path run = dir.resolve("run");
    for (long step : List.of(6L, 12L, 18L)) {
      write(run, step);
    }
    Configuration conf = new Configuration();
    conf.set(FailingDisk.IMPL, FailingDisk.class.getName());
    URI failing = URI.create("failing://" + run);
    Retention two = new Retention(2, 0, false, Set.of());
    FailingDisk.fail(FailingDisk.Way.OPEN, "step-00000012/_manifest.json");
    Checkpoints.retain(conf, failing, two, List.of(), 18);
    assertEquals(Set.of(6L, 12L, 18L), steps(run));
    FailingDisk.mend();
    Checkpoints.retain(conf, failing, two, List.of(), 18);
    assertEquals(Set.of(12L, 18L), steps(run));
  }

  @Test
  void limitsAreChecked() {
    var e =
        assertThrows(IllegalArgumentException.class, () -> new Retention(0, 0, false, Set.of()));
    assertEquals("at least the latest checkpoint must stay, got 0", e.getMessage());
  }
}
