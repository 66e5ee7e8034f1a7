package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.points.PointsMedium;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.session.Sessions;
import io.sparkddpm.spark.store.ArtifactListing;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.RunStatus;
import io.sparkddpm.spark.training.job.TinyRun;
import io.sparkddpm.spark.training.monitor.RunObserver;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code status} and {@code ls} show of a run in progress and of one that is done. */
class StatusTest {
  private static final Configuration CONF = new Configuration();
  private static final List<RunStatus> MEANWHILE = new ArrayList<>();
  private static final List<ArtifactListing> LISTED = new ArrayList<>();

  @TempDir private static Path dir;
  private static URI run;

  @BeforeAll
  static void train() throws IOException {
    run = dir.resolve("all/run").toUri();
    RunObserver observer =
        new RunObserver() {
          @Override
          public void checkpointed(Checkpoint checkpoint) {
            MEANWHILE.add(RunStatus.of(CONF, run));
            LISTED.add(ArtifactListing.of(CONF, dir.resolve("all").toUri()));
          }
        };
    try (SparkSession spark = Sessions.open("status", Map.of("spark.master", "local[1]"))) {
      TinyRun.job(spark, run).observer(observer).run();
    }
  }

  @Test
  void aRunInProgressIsHeldByALivingProcess() {
    RunStatus middle = MEANWHILE.get(0);
    assertEquals(1, middle.holders().size());
    String process = "process " + ProcessHandle.current().pid() + " on ";
    assertTrue(middle.holders().get(0).startsWith(process), middle.holders().toString());
    assertTrue(middle.holders().get(0).endsWith(", alive"), middle.holders().toString());
    List<String> lines = StatusCommand.lines(middle);
    assertEquals("step       0 of 6 (0.0 %)", lines.get(0));
  }

  @Test
  void aRunThatIsDoneIsHeldByNobody() {
    RunStatus done = RunStatus.of(CONF, run);
    assertTrue(done.isDone());
    assertEquals(2, done.checkpoints());
    assertEquals(4, done.metrics().orElseThrow().step());
    List<String> lines = StatusCommand.lines(done);
    assertEquals("step       6 of 6 (100.0 %), done", lines.get(0));
    assertTrue(lines.contains("checkpoint step 6, 2 kept"), lines.toString());
    assertEquals("trained by nobody now", lines.get(lines.size() - 1));
  }

  @Test
  void aRunOfNoStepsIsDone() {
    RunStatus none = new RunStatus(0, 4, 0, 1, Optional.empty(), List.of());
    assertEquals("step       0 of 0, done", StatusCommand.lines(none).get(0));
  }

  private static void refused(Path path, String why) {
    UserException e = assertThrows(UserException.class, () -> RunStatus.of(CONF, path.toUri()));
    assertEquals(path.toUri() + why, e.getMessage());
  }

  @Test
  void whatIsNoRunIsRefusedAndWhyIsNamed() throws IOException {
    refused(dir.resolve("none"), " does not exist");
    refused(Path.of(run).resolve("metrics.jsonl"), " is a file, not a directory");
    refused(
        Path.of(run).resolve("checkpoints/step-00000000"),
        " is no run: its manifest is of kind 'checkpoint'");
    refused(
        Files.createDirectory(dir.resolve("empty")),
        " is no run: it has no checkpoint, and the first is written before the first step");
  }

  @Test
  void aRunInProgressIsListedAsUnfinishedWithItsCheckpoints() {
    ArtifactListing middle = LISTED.get(0);
    assertEquals(1, middle.unfinished().size());
    assertEquals("run", middle.unfinished().get(0).name());
    assertEquals(MEANWHILE.get(0).holders(), middle.unfinished().get(0).holders());
    assertEquals(
        List.of("run/checkpoints/step-00000000"),
        middle.found().stream().map(ArtifactListing.Found::name).toList());
    assertEquals(List.of(), ArtifactListing.of(CONF, dir.resolve("all").toUri()).unfinished());
  }

  @Test
  void artefactsAreListedAndBrokenOnesAreNamed() throws IOException {
    ArtifactListing listing = ArtifactListing.of(CONF, dir.resolve("all").toUri());
    assertEquals(List.of(), listing.unreadable());
    assertEquals(1, listing.found().size());
    assertEquals("run", listing.found().get(0).name());
    assertEquals(ArtifactKind.RUN, listing.found().get(0).manifest().kind());
    ArtifactListing checkpoints =
        ArtifactListing.of(CONF, Path.of(run).resolve("checkpoints").toUri());
    assertEquals(
        List.of("step-00000000", "step-00000006"),
        checkpoints.found().stream().map(ArtifactListing.Found::name).toList());
    assertTrue(checkpoints.found().get(0).bytes() > 1000);

    Path other = Files.createDirectories(dir.resolve("broken/data"));
    Files.writeString(other.resolve("_manifest.json"), "{\"kind\": \"picture\"}");
    ArtifactListing broken = ArtifactListing.of(CONF, dir.resolve("broken").toUri());
    assertEquals(List.of(), broken.found());
    assertEquals(1, broken.unreadable().size());
    assertTrue(broken.unreadable().get(0).contains("broken/data/_manifest.json"));
  }

  @Test
  void itemsAreCalledWhatTheyAre() {
    Manifest.Builder manifest = Manifest.builder(ArtifactKind.DATASET).count("images", 3);
    assertEquals("images", LsCommand.items(manifest.build()));
    new DatasetNotes(List.of(), Optional.empty(), new PointsMedium()).write(manifest);
    Manifest points = manifest.build();
    assertEquals("sets-of-points", LsCommand.items(points));
    assertEquals(
        "sets-of-points=3", new ArtifactListing.Found("x", points).counts(LsCommand.items(points)));
    manifest.note("medium.type", "smells"); // of a later version
    assertEquals("images", LsCommand.items(manifest.build()));
  }
}
