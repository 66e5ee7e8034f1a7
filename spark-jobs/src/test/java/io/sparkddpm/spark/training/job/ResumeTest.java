package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.FailingDisk;
import io.sparkddpm.spark.store.FailingDisk.Way;
import io.sparkddpm.spark.training.MaintenanceConfig;
import io.sparkddpm.spark.training.MixedHardware;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.checkpoint.RunFiles;
import io.sparkddpm.spark.training.monitor.RunObserver;
import io.sparkddpm.spark.training.monitor.RunSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From where a run is resumed, and what that may delete. */
class ResumeTest {
  /** A checkpoint after each round. */
  private static final MaintenanceConfig HASTY =
      new MaintenanceConfig(1e-9, 0, false, 0, 1, 0, MixedHardware.REFUSE);

  @TempDir static Path dir;
  private static SparkSession spark;
  private static Path whole;

  @BeforeAll
  static void start() {
    spark = TrainFixture.spark("local[2]");
    spark.sparkContext().hadoopConfiguration().set(FailingDisk.IMPL, FailingDisk.class.getName());
    whole = dir.resolve("whole");
    job(spark, whole, steps(24)).run();
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  @AfterEach
  void mend() {
    FailingDisk.mend();
  }

  /** One checkpoint is kept. */
  private static RunSettings steps(long steps) {
    TrainingConfig t = training(7, steps, 2, 2);
    return settings(
        new TrainingConfig(
            7,
            steps,
            2,
            t.averaging(),
            t.ema(),
            true,
            6,
            1,
            t.sampleEvery(),
            t.sampleCount(),
            t.metricsEvery(),
            new ConstantWeighting(),
            new ClockConfig.Uniform(),
            ObjectiveConfig.DEFAULTS));
  }

  private static Path checkpoint(Path run, long step) {
    return run.resolve("checkpoints/" + RunFiles.step(step));
  }

  private static void killAt(long step, TrainJob job) {
    RandomImages.Fault fault = RandomImages.Fault.killAt(step, 7);
    job.source(
        new RandomImages(TrainFixture.IMAGES, TrainFixture.SIZE, fault), TrainFixture.DATASET);
    assertThrows(IllegalStateException.class, job::run);
  }

  private static void assertEndsAsIfNothingHadHappened(Path run) {
    job(spark, run, steps(24)).run();
    assertEquals(last(whole).manifest().fingerprint(), last(run).manifest().fingerprint());
    assertEquals(metrics(whole), metrics(run));
  }

  /** Every file with its content. */
  private static SortedMap<String, String> content(Path run) throws IOException {
    SortedMap<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(run)) {
      files
          .filter(Files::isRegularFile)
          .forEach(f -> content.put(run.relativize(f).toString(), hex(f)));
    }
    return content;
  }

  private static String hex(Path file) {
    try {
      return HexFormat.of().formatHex(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aHalfWrittenCheckpointNeverTakesTheLastWholeOnesPlace() throws IOException {
    Path run = dir.resolve("half");
    job(spark, run, steps(12)).run();
    Path half = Files.createDirectories(checkpoint(run, 17));
    Files.copy(
        checkpoint(run, 12).resolve(Checkpoint.WEIGHTS_FILE),
        half.resolve(Checkpoint.WEIGHTS_FILE));
    killAt(14, job(spark, run, steps(24)).maintenance(HASTY)); // the checkpoint of 14 is whole
    assertEquals(Set.of(14L), Checkpoints.directories(CONF, uri(run)).keySet());
    TrainJob.Result resumed = job(spark, run, steps(24)).run();
    assertEquals(14, resumed.resumedFrom());
    assertEndsAsIfNothingHadHappened(run);
  }

  @Test
  void aDiskThatFailsEndsTheStartAndTouchesNothing() throws IOException {
    Path run = dir.resolve("failing");
    killAt(20, job(spark, run, settings(training(7, 24, 2, 2)))); // 12 and 18 are there
    URI failing = URI.create("failing://" + run);
    SortedMap<String, String> before = content(run);
    Map<String, Way> faults = new TreeMap<>();
    faults.put("/checkpoints", Way.LIST);
    faults.put("/step-00000018/_manifest.json", Way.OPEN);
    faults.put("step-00000018/_manifest.json", Way.READ);
    faults.put("00000018/_manifest.json", Way.OPEN_AS_NOT_FOUND);
    faults.put("/step-00000018/weights.safetensors", Way.STATUS);
    faults.put("step-00000018/weights.safetensors", Way.READ);
    faults.put("00000018/weights.safetensors", Way.OPEN_AS_NOT_FOUND);
    faults.put("step-00000018/ema-0.9.safetensors", Way.OPEN);
    faults.put("/metrics", Way.LIST);
    faults.put("/metrics/step-00000012.jsonl", Way.READ);
    faults.forEach(
        (suffix, way) -> {
          FailingDisk.fail(way, suffix);
          var e =
              assertThrows(
                  UserException.class,
                  () -> job(spark, run, steps(24)).directory(failing).run(),
                  way + " " + suffix);
          FailingDisk.mend();
          assertTrue(e.getMessage().startsWith("cannot "), e.getMessage());
          assertTrue(e.getMessage().contains(suffix), e.getMessage());
          try {
            assertEquals(before, content(run), way + " " + suffix);
          } catch (IOException io) {
            throw new UncheckedIOException(io);
          }
        });
    TrainJob.Result resumed = job(spark, run, steps(24)).directory(failing).run();
    assertEquals(18, resumed.resumedFrom());
    assertEndsAsIfNothingHadHappened(run);
  }

  @Test
  void aRunThatLostItsCheckpointsDoesNotBeginAgainInSilence() throws IOException {
    Path run = dir.resolve("lost");
    job(spark, run, steps(12)).run();
    Path weights = checkpoint(run, 12).resolve(Checkpoint.WEIGHTS_FILE);
    byte[] bytes = Files.readAllBytes(weights);
    Files.delete(weights);
    SortedMap<String, String> before = content(run);
    var e = assertThrows(UserException.class, () -> job(spark, run, steps(24)).run());
    assertTrue(
        e.getMessage().contains("has lost all its checkpoints (file:" + weights + " is missing"),
        e.getMessage());
    assertTrue(e.getMessage().endsWith("to begin again at step 0"), e.getMessage());
    assertEquals(before, content(run));
    Path given = Files.write(dir.resolve("given.safetensors"), bytes);
    e =
        assertThrows(
            UserException.class,
            () -> job(spark, run, steps(24)).begin(uri(given), Optional.empty()));
    assertTrue(e.getMessage().contains("has lost all its checkpoints"), e.getMessage());

    Files.write(weights, bytes);
    assertEndsAsIfNothingHadHappened(run);

    Files.delete(checkpoint(run, 24).resolve(Manifest.FILE_NAME));
    e = assertThrows(UserException.class, () -> job(spark, run, steps(30)).run());
    assertTrue(e.getMessage().contains("has lost all its checkpoints"), e.getMessage());
  }

  /** Metrics show that there were some. */
  @Test
  void aRunWhoseCheckpointsAreAllGoneIsRefusedToo() throws IOException {
    Path run = dir.resolve("gone");
    killAt(14, job(spark, run, steps(24)));
    Checkpoints.directories(CONF, uri(run)).values().forEach(c -> Checkpoints.delete(CONF, c));
    var e = assertThrows(UserException.class, () -> job(spark, run, steps(24)).run());
    assertTrue(e.getMessage().contains("has lost all its checkpoints: put back"), e.getMessage());
    assertTrue(Files.exists(run.resolve("metrics/step-00000012.jsonl")));
  }

  @Test
  void aRunThatWasKilledInItsFirstCheckpointBeginsAgain() throws IOException {
    Path run = dir.resolve("first");
    Path first = Files.createDirectories(checkpoint(run, 0));
    Files.writeString(first.resolve(Checkpoint.WEIGHTS_FILE), "half");
    assertEndsAsIfNothingHadHappened(run);
    assertFalse(Files.exists(first));
  }

  /** A report of a night is wanted between the kill and the next start. */
  @Test
  void metricsThatWereCutOffBelongToNoCheckpoint() throws IOException {
    Path run = dir.resolve("cut");
    killAt(14, job(spark, run, steps(24)));
    Files.writeString(run.resolve("metrics/step-00000018.jsonl"), "{\"step\":16,\"lo");
    assertEquals(3, Checkpoints.metrics(CONF, uri(run)).size());
    assertEndsAsIfNothingHadHappened(run);
  }

  /** Draws grids as files, and dies at a checkpoint if asked to. */
  private static final class Grids implements RunObserver {
    private final List<Long> drawn = new ArrayList<>();
    private final long diesAt;

    Grids(long diesAt) {
      this.diesAt = diesAt;
    }

    @Override
    public void gridDue(RunSnapshot snapshot) {
      drawn.add(snapshot.step());
      snapshot.writeGrid(HexFormat.of().parseHex("0000000049454e44ae426082"));
    }

    @Override
    public void checkpointed(Checkpoint checkpoint) {
      if (checkpoint.step() == diesAt) {
        throw new IllegalStateException("killed");
      }
    }
  }

  private static RunSettings withGrids(long steps) {
    TrainingConfig t = training(7, steps, 2, 2);
    return settings(
        new TrainingConfig(
            7,
            steps,
            2,
            t.averaging(),
            t.ema(),
            true,
            6,
            2,
            12,
            4,
            4,
            new ConstantWeighting(),
            new ClockConfig.Uniform(),
            ObjectiveConfig.DEFAULTS));
  }

  @Test
  void aRunThatDiedAfterItsLastCheckpointIsFinishedByTheNextStart() throws IOException {
    Path run = dir.resolve("unfinished");
    Path calm = dir.resolve("calm");
    job(spark, calm, withGrids(24)).observer(new Grids(-1)).run();
    TrainJob dying = job(spark, run, withGrids(24)).observer(new Grids(24));
    assertThrows(IllegalStateException.class, dying::run);
    assertEquals(24, last(run).step());
    assertFalse(Files.exists(run.resolve(Manifest.FILE_NAME)));
    Files.delete(run.resolve("loss.png"));
    Files.delete(run.resolve("metrics.jsonl"));

    Grids grids = new Grids(-1);
    TrainJob.Result result = job(spark, run, withGrids(24)).observer(grids).run();
    assertEquals(24, result.resumedFrom());
    assertEquals(List.of(24L), grids.drawn);
    assertTrue(Files.exists(run.resolve("metrics.jsonl")));
    assertEquals(content(calm).get("loss.png"), content(run).get("loss.png"));
    assertEquals(
        Artifact.open(CONF, uri(calm)).manifest().fingerprint(),
        Artifact.open(CONF, uri(run)).manifest().fingerprint());

    SortedMap<String, String> done = content(run);
    job(spark, run, withGrids(24)).observer(grids).run();
    assertEquals(List.of(24L), grids.drawn);
    assertEquals(done, content(run));
  }

  @Test
  void aManifestThatWasCutOffOrIsAnothersIsWrittenAgain() throws IOException {
    Path run = dir.resolve("cut-manifest");
    job(spark, run, steps(12)).run();
    Path manifest = run.resolve(Manifest.FILE_NAME);
    String right = Files.readString(manifest);
    for (int length : new int[] {0, 60}) {
      Files.writeString(manifest, right.substring(0, length));
      job(spark, run, steps(12)).run();
      // Who held the lease is noted, and differs.
      String lease = "\"lease\" : \"\\d+-[0-9a-f]+\"|\"checksum\" : \"[0-9a-f]+\"";
      assertEquals(right.replaceAll(lease, ""), Files.readString(manifest).replaceAll(lease, ""));
    }
  }

  /** The grid of a step belongs to it, even if the job died before it was drawn, or half drawn. */
  @Test
  void aGridThatIsMissingAtTheResumedStepIsDrawn() throws IOException {
    Path run = dir.resolve("grids");
    TrainJob dying = job(spark, run, withGrids(24)).observer(new Grids(12));
    assertThrows(IllegalStateException.class, dying::run);
    Files.createDirectories(run.resolve("grids"));
    Files.writeString(run.resolve("grids/step-00000012.png"), "half a picture");
    Grids grids = new Grids(-1);
    job(spark, run, withGrids(24)).observer(grids).run();
    assertEquals(List.of(12L, 24L), grids.drawn);
  }
}
