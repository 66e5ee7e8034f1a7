package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which commands are for images alone. */
class CommandMediaTest {
  /** Refused by their configuration; the test below gives them that of another medium. */
  private static final Set<String> BY_CONFIGURATION =
      Set.of("pipeline", "demo", "train-classifier");

  /** Refused by what they are given; ImageJobs gives their jobs other media. */
  private static final Set<String> BY_INPUT =
      Set.of(
          "reference-stats", "fid", "ablate", "encode", "export-images", "latents", "reconstruct");

  /** About statistics and features of images; they are given nothing that has a medium. */
  private static final Set<String> OF_FEATURES =
      Set.of("bench-inception", "stats-merge", "stats-import", "stats-export");

  /** For what any medium has, too; tests of sounds, points and text run them. */
  private static final Set<String> FOR_ALL =
      Set.of(
          "draw",
          "shard",
          "train",
          "distil",
          "sample",
          "interpolate",
          "coarse-to-fine",
          "measure",
          "evaluate",
          "sweep",
          "export",
          "export-files",
          "import",
          "bench",
          "bench-rounds",
          "plan",
          "config",
          "doctor",
          "status",
          "ls",
          "verify",
          "ema",
          "diff-run",
          "chaos",
          "toy");

  @Test
  void everyCommandIsOneOrTheOther() {
    Set<String> known = new TreeSet<>(BY_CONFIGURATION);
    known.addAll(BY_INPUT);
    known.addAll(OF_FEATURES);
    known.addAll(FOR_ALL);
    assertEquals(CliTest.commands().collect(Collectors.toCollection(TreeSet::new)), known);
    int each = BY_CONFIGURATION.size() + BY_INPUT.size() + OF_FEATURES.size() + FOR_ALL.size();
    assertEquals(known.size(), each);
  }

  @ParameterizedTest
  @CsvSource({"points, points, sets of points", "sound, wav, sounds", "text, text, texts"})
  void aConfigurationOfAnotherMediumIsRefused(String name, String format, String plural) {
    String config = "--config=../conf/" + name + ".conf";
    String gives = "is for images, and shard.format.type=" + format + " gives " + plural;
    Said.refused("'pipeline' " + gives, List.of("pipeline", config, "--input=i", "--output=o"));
    Said.refused(
        "'pipeline' " + gives,
        List.of("pipeline", config, "--input=i", "--output=o", "--set=nightly.steps=1"));
    Said.refused("'demo' " + gives, List.of("demo", config, "--out=o"));
    Said.refused(
        "model.type=classifier", List.of("train-classifier", config, "--dataset=d", "--run=r"));
    for (String key : List.of("image-size=16", "resize=area")) {
      List<String> shard = new ArrayList<>(List.of("shard", config, "--input=i", "--output=o"));
      shard.add("--set=shard." + key);
      Said.refused(
          "shard." + key.replaceAll("=.*", "") + " " + gives.replace("'", "") + ": leave it out",
          shard);
    }
  }

  @Test
  void benchAndPlanHaveNoExamplesOfTokens() {
    String config = "--config=../conf/text.conf";
    for (String command : List.of("bench", "plan --dir=d")) {
      List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
      arguments.add(config);
      Said.refused("its examples are no tokens", arguments);
    }
  }

  @Test
  void keysOfNoiseAreRefusedWhereThereIsNone() {
    Said.refused(
        "schedule.steps has no effect with training.objective=reconstruction",
        List.of(
            "train",
            "--config=../conf/autoencoder.conf",
            "--dataset=d",
            "--run=r",
            "--set=schedule.steps=5"));
  }
}
