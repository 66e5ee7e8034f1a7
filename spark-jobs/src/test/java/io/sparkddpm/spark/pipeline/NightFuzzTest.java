package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.spark.input.Mutants;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Damaged notes of nights are read, refused by name, or known as cut off. */
@Timeout(120) // only a hang takes as long
class NightFuzzTest {
  private static final long MOST = 4L << 20;
  private static final Instant TIME = Instant.parse("2026-11-26T01:02:03Z");

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void plans() {
    NightPlan plan =
        new NightPlan(
            "2026-11-26",
            3,
            TIME,
            100,
            200,
            1.5,
            List.of("part-00000", "part-00001"),
            Optional.of(
                new NightPlan.Addition("part-00001", 7, "ab".repeat(32), List.of("cat", "dog"))),
            List.of(URI.create("file:///in/a%20b")),
            Optional.of(URI.create("file:///net.pb")),
            new TreeMap<>(Map.of("train.batch", "8")),
            List.of("a warning"));
    Mutants.forEach(
        "plan.json",
        utf8(plan.toJson()),
        MOST,
        mutant ->
            NightPlan.fromJson(mutant, "plan.json")
                .ifPresent(p -> assertTrue(p.toJson().length() > 10)));
  }

  @Test
  void records() {
    NightRecord record =
        new NightRecord(
            "2026-11-26",
            3,
            TIME,
            TIME.plusSeconds(60),
            100,
            200,
            "checkpoints/step-00000200",
            1000,
            7,
            "abc",
            0.5,
            Double.NaN,
            "FID",
            12.5,
            11,
            14,
            5000,
            "network",
            false,
            new TreeMap<>(Map.of("train", 12.0)),
            new TreeMap<>(Map.of("train.batch", "8")),
            List.of());
    Mutants.forEach(
        "night.json",
        utf8(record.toJson() + "\n"),
        MOST,
        mutant -> assertTrue(NightRecord.fromJson(mutant, "night.json").toJson().length() > 10));
  }

  @Test
  void endsOfTrainings() {
    Mutants.forEach(
        "trained.json",
        utf8(new TrainedNight(200, "ab".repeat(32)).toJson()),
        MOST,
        mutant -> TrainedNight.fromJson(mutant, "trained.json"));
  }

  @Test
  void linesOfInputLists() {
    URI list = URI.create("file:///inputs.tsv");
    Mutants.forEach(
        "inputs.tsv",
        utf8("1234\t1764120000000\tfile:///in/cat/a%20b.png"),
        MOST,
        mutant -> {
          String text = new String(mutant, StandardCharsets.UTF_8);
          text.lines().forEach(line -> NewImages.file(line, list));
        });
  }
}
