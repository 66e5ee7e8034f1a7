package io.sparkddpm.spark.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.Sessions;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.train.Checkpoint;
import io.sparkddpm.spark.train.Checkpoints;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nights of a small network, some of which are broken off. */
class NightlyIT {
  private static final String SMALL =
      """
      seed = 3
      shard { image-size = 16, records-per-shard = 20 }
      model {
        image-size = 16, channels = 32, multipliers = [1], blocks = 1, attention = [], dropout = 0
      }
      training {
        batch-size = 4, workers = 1, averaging = gradients, checkpoint-every = 2, sample-every = 0
        ema-rates = [0.9], metrics-every = 1, keep-checkpoints = 1
      }
      sample { weights = ema-0.9, sampler = ddim, steps = 2 }
      pipeline { sample-count = 8 }
      fid { force = true }
      nightly { steps = 3, margin = 1000, keep-nights = 2 }
      """;

  private static SparkSession spark;

  @TempDir private Path dir;

  @BeforeAll
  static void start() {
    spark =
        Sessions.open(
            "nights",
            Map.of(
                "spark.master",
                "local[2]",
                "spark.hadoop.fs.dying.impl",
                DyingFileSystem.class.getName()));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @AfterEach
  void live() {
    DyingFileSystem.live();
  }

  private static Configuration conf() {
    return spark.sparkContext().hadoopConfiguration();
  }

  private void images(String name, long seed, int count) throws IOException {
    Files.createDirectories(dir.resolve("in"));
    try (OutputStream out = Files.newOutputStream(dir.resolve("in").resolve(name))) {
      ShapesImages.write(out, seed, count);
    }
  }

  private Nightly.Result night(URI output, String name, String more) {
    DdpmConfig config =
        ConfigBinder.bind(
            DdpmConfig.DEFAULTS, ConfigLayer.text("more", more).over(ConfigLayer.text("s", SMALL)));
    return new Nightly(
            spark,
            config,
            List.of(dir.resolve("in").toUri()),
            output,
            Optional.empty(),
            Progress.NONE)
        .run(name);
  }

  private static Checkpoint last(URI output) {
    return Checkpoints.latestWhole(conf(), URI.create(output + "/run")).orElseThrow();
  }

  private static List<NightRecord> records(URI output) {
    return new NightFiles(conf(), output).done();
  }

  @Test
  void nightsGoOnFromEachOtherAndAreComparedAndForgotten() throws IOException {
    images("a.bin", 5, 30);
    URI output = dir.resolve("out").toUri();
    assertFalse(night(output, "n1", "").repeated());
    assertEquals(3, last(output).step());

    images("b.bin", 6, 25);
    Nightly.Result second = night(output, "n2", "sample.seed = 0");
    assertEquals(6, last(output).step());
    assertTrue(second.summary().get(0).contains("55 images (25 new)"), second.summary()::toString);
    assertEquals(List.of(), Artifact.open(conf(), URI.create(output + "/dataset")).verify());

    String weights = last(output).weightsSha256();
    assertTrue(night(output, "n2", "").repeated());
    assertEquals(weights, last(output).weightsSha256());

    images("a.bin", 7, 31);
    Nightly.Result third = night(output, "n3", "nightly.steps = 2");
    assertTrue(
        third.warnings().stream().anyMatch(w -> w.contains("changed after they were taken")),
        third.warnings()::toString);
    assertEquals(8, last(output).step());
    Nightly.Result fourth = night(output, "n4", "nightly.steps = 2");
    List<NightRecord> records = records(output);
    assertEquals(
        List.of("n1", "n2", "n3", "n4"), records.stream().map(NightRecord::night).toList());
    long best = Nightly.best(records).orElseThrow().step();
    for (NightRecord night : records) {
      boolean kept = night.number() > 2 || night.step() == best;
      assertEquals(kept, Files.exists(dir.resolve("out/samples/" + night.night())), night.night());
      String step = String.format(Locale.ROOT, "out/run/checkpoints/step-%08d", night.step());
      assertEquals(kept, Files.exists(dir.resolve(step)), step);
    }
    List<String> history =
        Files.readAllLines(dir.resolve("out/history.jsonl"), StandardCharsets.UTF_8);
    assertEquals(4, history.size());
    String page = Files.readString(dir.resolve("out/report.html"), StandardCharsets.UTF_8);
    assertTrue(page.contains("<h1>Night n4</h1>"), page);
    assertTrue(page.contains("fd-random over the nights"), page);
    assertFalse(page.contains("http://") || page.contains("https://"), page);
    assertEquals(fourth.report(), URI.create(output + "/report.html"));
  }

  @Test
  void aNightThatIsMuchWorseSaysSoEveryTime() throws IOException {
    images("a.bin", 5, 30);
    URI output = dir.resolve("out").toUri();
    night(output, "n1", "");
    NightFiles files = new NightFiles(conf(), output);
    files.write(withDistance(files.done().get(0), 1e-6)); // as if it had been a very good one
    String worse = "nightly.margin = 0.1, nightly.against = best";
    for (int i = 0; i < 2; i++) {
      String told =
          assertThrows(DistanceWorsenedException.class, () -> night(output, "n2", worse))
              .getMessage();
      assertTrue(told.contains("is more than 10 % worse than the best night; see "), told);
    }
    NightRecord second = files.done().get(1);
    assertTrue(second.worse());
    String page = Files.readString(dir.resolve("out/report.html"), StandardCharsets.UTF_8);
    assertTrue(page.contains("by more than 10 %"), page);
  }

  private static NightRecord withDistance(NightRecord n, double distance) {
    return new NightRecord(
        n.night(),
        n.number(),
        n.begun(),
        n.ended(),
        n.firstStep(),
        n.step(),
        n.checkpoint(),
        n.images(),
        n.newImages(),
        n.dataset(),
        n.loss(),
        n.imagesPerSecond(),
        n.metric(),
        distance,
        n.low(),
        n.high(),
        n.samples(),
        n.comparable(),
        n.worse(),
        n.seconds(),
        n.config(),
        n.warnings());
  }

  @Test
  void whereverItIsKilledItEndsWithTheSameWeights() throws IOException {
    images("a.bin", 5, 30);
    URI straight = dir.resolve("straight").toUri();
    night(straight, "n1", "");
    images("b.bin", 6, 25);
    night(straight, "n2", "");
    String weights = last(straight).weightsSha256();
    double distance = records(straight).get(1).distance();

    Files.delete(dir.resolve("in/b.bin"));
    URI output = URI.create("dying:" + dir.resolve("killed"));
    boolean died = true;
    int first = 1;
    for (String name : List.of("n1", "n2")) {
      died = true;
      for (int files = first; died; files += 6) {
        DyingFileSystem.dieAt(files);
        try {
          night(output, name, "");
          died = false;
        } catch (RuntimeException e) {
          assertTrue(DyingFileSystem.isDead(), e::toString);
        }
        DyingFileSystem.live();
        forgetHolders(dir.resolve("killed"));
      }
      first = 4;
      images("b.bin", 6, 25);
    }
    assertEquals(weights, last(output).weightsSha256());
    List<NightRecord> records = records(output);
    assertEquals(2, records.size());
    assertEquals(distance, records.get(1).distance());
    assertTrue(Files.exists(dir.resolve("killed/report.html")));
  }

  /** Of a process that is dead these count no more; this one lives. */
  private static void forgetHolders(Path below) throws IOException {
    try (Stream<Path> files = Files.walk(below)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.equals("_lease.json")) {
          Files.delete(file);
        }
      }
    }
  }

  @Test
  void ofTwoAtOnceTheSecondIsRefused() throws IOException {
    images("a.bin", 5, 30);
    URI output = dir.resolve("out").toUri();
    Files.createDirectories(dir.resolve("out"));
    try (Lease other = Lease.acquire(conf(), output)) {
      String message =
          assertThrows(UserException.class, () -> night(output, "n1", "")).getMessage();
      assertTrue(message.contains("is being written by process"), message);
      other.check();
    }
    night(output, "n1", "");
  }
}
