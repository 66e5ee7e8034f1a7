package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nights that are broken off, and retried in a world that has changed. */
class NightRetryIT extends NightFixture {
  private URI killed() {
    return URI.create("dying:" + dir.resolve("killed"));
  }

  /** Runs a night that dies at the first of these files. */
  private void die(Predicate<org.apache.hadoop.fs.Path> at, String night, String more)
      throws IOException {
    DyingFileSystem.dieOnceAtEach(at);
    assertThrows(RuntimeException.class, () -> night(killed(), night, more));
    assertTrue(DyingFileSystem.isDead());
    DyingFileSystem.live();
    forgetHolders(dir.resolve("killed"));
  }

  /** Leases and probes, which come and go. */
  private static boolean isPassing(org.apache.hadoop.fs.Path path) {
    return path.getParent().getName().equals("_lease") || path.getName().equals("_writable");
  }

  private static Predicate<org.apache.hadoop.fs.Path> in(String part) {
    return path -> path.toString().contains(part);
  }

  @Test
  void killedAtEveryFileInAChangingWorldItEndsAsPlanned() throws IOException {
    images("a.bin", 5, 30);
    URI straight = dir.resolve("straight").toUri();
    night(straight, "n1", "nightly.hours = 1");
    String weights = last(straight).weightsSha256();
    NightRecord undisturbed = records(straight).get(0);

    int deaths = 0;
    Path plan = dir.resolve("killed/nights/n1/plan.json");
    Path done = dir.resolve("killed/nights/n1/night.json");
    String more = "nightly.hours = 1";
    boolean died = true;
    while (died) {
      DyingFileSystem.dieOnceAtEach(path -> !isPassing(path));
      try {
        boolean begun = Files.exists(plan) && !Files.exists(done);
        night(killed(), begun ? "n1-after-midnight" : "n1", more);
        died = false;
      } catch (RuntimeException e) {
        assertTrue(DyingFileSystem.isDead(), e::toString);
        deaths++;
        assertTrue(deaths < 200, "it does not come forward");
      }
      DyingFileSystem.live();
      forgetHolders(dir.resolve("killed"));
      if (Files.exists(plan)) {
        images("more-" + deaths + ".bin", deaths, 2);
        more = "nightly.steps = 5, nightly.hours = 0, sample.steps = 3, pipeline.sample-count = 9";
      }
    }
    assertTrue(deaths > 30, "died only " + deaths + " times");
    NightRecord record = records(killed()).get(0);
    assertEquals("n1", record.night());
    assertEquals(weights, last(killed()).weightsSha256());
    assertEquals(undisturbed.distance(), record.distance());
    assertEquals(undisturbed.dataset(), record.dataset());
    assertTrue(
        record.warnings().stream().anyMatch(w -> w.contains("sample.steps is 2 until it ends")),
        record.warnings()::toString);
    assertTrue(Files.exists(dir.resolve("killed/report.html")));

    long came = Stream.of(dir.resolve("in").toFile().list()).filter(f -> f.startsWith("m")).count();
    night(killed(), "n2", more);
    NightRecord second = records(killed()).get(1);
    assertEquals(2 * came, second.newImages());
    assertEquals(8, second.step());
    assertEquals(9, second.samples());
  }

  @Test
  void whenItsHoursAreOverItIsNotTrainedFurther() throws IOException {
    images("a.bin", 5, 30);
    String hours = "nightly.steps = 0, nightly.hours = 1e-9"; // over before the first round
    die(in("nights/n1/fid.json"), "n1", hours);
    long step = last(killed()).step();
    assertEquals(1, step, "one round is trained");
    String weights = last(killed()).weightsSha256();
    Path metrics = dir.resolve("killed/run/metrics"); // as if no time had been counted
    try (Stream<Path> parts = Files.list(metrics)) {
      for (Path part : parts.toList()) {
        Files.delete(part);
      }
    }
    night(killed(), "n1", hours);
    assertEquals(step, last(killed()).step());
    assertEquals(weights, last(killed()).weightsSha256());
    assertEquals(step, records(killed()).get(0).step());
  }

  @Test
  void whenEarlierAttemptsTookItsHoursTheNextTrainsNoRound() throws IOException {
    images("a.bin", 5, 30);
    String hours = "nightly.steps = 0, nightly.hours = 1";
    die(in("checkpoints/step-00000004"), "n1", hours);
    assertEquals(2, last(killed()).step());
    Path part = dir.resolve("killed/run/metrics/step-00000002.jsonl"); // as if two steps took days
    String slow = Files.readString(part).replaceAll("(\"imagesPerSecond\"):[^,}]+", "$1:1e-6");
    Files.writeString(part, slow);
    night(killed(), "n1", hours);
    assertEquals(2, records(killed()).get(0).step());
  }

  @Test
  void filesThatChangedBeforeTheyWereReadAreTakenTheNextNight() throws IOException {
    images("a.bin", 5, 30);
    images("b.bin", 6, 20);
    images("c.bin", 7, 10);
    die(in("dataset/part-00000"), "n1", "");
    images("b.bin", 8, 21); // was still being written
    Files.delete(dir.resolve("in/c.bin"));
    Nightly.Result first = night(killed(), "n1", "");
    assertEquals(30, records(killed()).get(0).images());
    assertTrue(
        first
            .warnings()
            .contains(
                "input files that changed or went before they were read: 2; the next night takes"
                    + " those that are there"),
        first.warnings()::toString);

    die(in("dataset/part-00001"), "n2", "");
    images("b.bin", 9, 22); // nothing is left of the plan: there is another
    night(killed(), "n2", "");
    assertEquals(52, records(killed()).get(1).images());
  }

  @Test
  void aNightThatAnEarlierVersionBeganIsEnded() throws IOException {
    images("a.bin", 5, 30);
    URI output = dir.resolve("out").toUri();
    night(output, "n1", "");
    NightRecord before = records(output).get(0);
    String weights = last(output).weightsSha256();

    Path night = dir.resolve("out/nights/n1");
    for (String file : List.of("night.json", "trained.json", "inputs.tsv", "fid.json")) {
      Files.delete(night.resolve(file));
    }
    Files.writeString(
        night.resolve("plan.json"),
        "{\"night\":\"n1\",\"number\":1,\"begun\":\"2026-01-31T01:15:00Z\",\"first-step\":0}",
        StandardCharsets.UTF_8);
    images("b.bin", 6, 20); // an attempt after the training took it in, and was refused
    Path dataset = dir.resolve("out/dataset");
    Files.createDirectories(dataset.resolve("part-00001"));
    for (String file : dataset.resolve("part-00000").toFile().list()) {
      Files.copy(
          dataset.resolve("part-00000").resolve(file), dataset.resolve("part-00001").resolve(file));
    }
    Path b = dir.resolve("in/b.bin");
    Files.writeString(
        dir.resolve("out/sources/part-00001.tsv"),
        Files.size(b) + "\t" + Files.getLastModifiedTime(b).toMillis() + "\t" + b.toUri() + "\n",
        StandardCharsets.UTF_8);

    night(output, "n2", "");
    assertEquals(1, records(output).size());
    NightRecord ended = records(output).get(0);
    assertEquals(weights, last(output).weightsSha256());
    assertEquals(before.distance(), ended.distance());
    assertEquals(before.dataset(), ended.dataset());
  }

  @Test
  void whatItNeedsAtItsEndIsLookedAtBeforeItBegins() throws IOException {
    images("a.bin", 5, 30);
    URI output = dir.resolve("out").toUri();
    refused(output, "nightly.reference = " + dir + "/none", "none");
    refused(output, "sample.weights = ema-0.99", "sample.weights is ema-0.99");
    refused(output, "sample.steps = 5000", "cannot sample from such a run");
    refused(output, "pipeline.sample-count = 1", "a distance needs at least 2");
    refused(
        output,
        "shard.image-size = 32",
        "shard.image-size is 32, but the network takes items of [3, 16, 16]");
    refused(output, "pipeline.sample-count = 2000000000", "MB left, but the night needs about");
    assertFalse(Files.exists(dir.resolve("out/dataset")));
    assertFalse(Files.exists(dir.resolve("out/nights/n1/plan.json")));

    die(in("nights/n1/grid.png"), "n1", "");
    Path statistics;
    try (Stream<Path> files = Files.list(dir.resolve("killed/reference"))) {
      statistics = files.filter(f -> !f.getFileName().toString().startsWith("_")).toList().get(0);
    }
    byte[] whole = Files.readAllBytes(statistics);
    Files.write(statistics, new byte[whole.length]);
    refused(killed(), "", statistics.getFileName().toString());
    Files.write(statistics, whole);
    night(killed(), "n1", "");
    refused(killed(), "optimizer.schedule.learning-rate = 1e-3", "cannot be resumed with another");
    assertFalse(Files.exists(dir.resolve("killed/nights/n2/plan.json")));

    for (var checkpoint : Checkpoints.list(conf(), URI.create(killed() + "/run"))) {
      Files.delete(Path.of(checkpoint.uri().getPath(), "_manifest.json"));
    }
    refused(killed(), "", "has no whole checkpoint, though night n1 ended at step 3");
  }

  private void refused(URI output, String more, String why) {
    String message =
        assertThrows(UserException.class, () -> night(output, "n2", more)).getMessage();
    assertTrue(message.contains(why), message);
  }

  @Test
  void retentionKeepsWhatTheRunItselfWouldKeep() throws IOException {
    images("a.bin", 5, 30);
    URI output = dir.resolve("out").toUri();
    String more =
        "maintenance.keep-every = 4, training.checkpoint-every = 1, nightly.steps = 5"
            + ", nightly.keep-nights = 1, nightly.against = best";
    night(output, "n1", more);
    night(output, "n2", more);
    List<Long> steps =
        Checkpoints.list(conf(), URI.create(output + "/run")).stream().map(c -> c.step()).toList();
    assertTrue(steps.containsAll(List.of(4L, 8L, 10L)), steps::toString);
  }
}
