package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.HookedDisk;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.Suspension;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Nights of a small network, one after the other. */
class NightlyIT extends NightFixture {
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
    long best = NightRetention.best(records).orElseThrow().step();
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
    Path record = dir.resolve("out/nights/n1/night.json"); // as an earlier version wrote it
    String now = Files.readString(record);
    String then = now.replaceFirst("(\"comparable\":\"[^\"]+}) diffusion[^\"]+", "$1");
    assertNotEquals(now, then);
    Files.writeString(record, then);
    String worse = "nightly.margin = 0.1, nightly.against = best";
    for (int i = 0; i < 2; i++) {
      String message =
          assertThrows(DistanceWorsenedException.class, () -> night(output, "n2", worse))
              .getMessage();
      assertTrue(message.contains("is more than 10 % worse than the best night; see "), message);
    }
    NightRecord second = files.done().get(1);
    assertTrue(second.worse());
    String page = Files.readString(dir.resolve("out/report.html"), StandardCharsets.UTF_8);
    assertTrue(page.contains("by more than 10 %"), page);
  }

  @Test
  void distancesOfSamplesThatWereDrawnOtherwiseAreNotCompared() throws IOException {
    images("a.bin", 5, 30);
    URI output = dir.resolve("out").toUri();
    night(output, "n1", "diffusion.clip-x0 = true, diffusion.variance = beta");
    NightFiles files = new NightFiles(conf(), output);
    files.write(withDistance(files.done().get(0), 1e-6));
    for (String other : List.of("clip-x0 = false", "variance = beta-tilde")) {
      Nightly.Result night =
          night(output, other.substring(0, 7), "nightly.margin = 0, diffusion." + other);
      assertTrue(
          night.warnings().stream().anyMatch(w -> w.startsWith("not compared with earlier nights")),
          night.warnings()::toString);
    }
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

  @Test
  void aNightThatWakesAfterLaterOnesLeavesTheirCheckpoints() throws IOException {
    images("a.bin", 5, 30);
    Path out = dir.resolve("out");
    night(out.toUri(), "n1", "");
    HookedDisk.register(conf());
    Suspension suspension =
        Suspension.at(
            1,
            "history.jsonl",
            out,
            () -> {
              night(out.toUri(), "n3", "nightly.steps = 1");
              night(out.toUri(), "n4", "nightly.steps = 1");
            });
    String message =
        assertThrows(
                UserException.class,
                () -> night(URI.create("hooked://" + out), "n2", "nightly.steps = 1"))
            .getMessage();
    assertTrue(suspension.end());
    assertTrue(message.contains("somebody") || message.contains("is being written by"), message);
    List<NightRecord> records = records(out.toUri());
    assertEquals(List.of("n1", "n2", "n3", "n4"), records.stream().map(n -> n.night()).toList());
    for (NightRecord night : records.subList(2, 4)) {
      assertTrue(Files.exists(out.resolve(night.checkpoint())), night.checkpoint());
    }
  }
}
