package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Command;

class CliTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    return new Cli(
            new Terminal(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Optional.empty()))
        .run(args);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  static Stream<String> commands() {
    return Stream.of(DdpmCommand.class.getAnnotation(Command.class).subcommands())
        .map(c -> c.getAnnotation(Command.class).name());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelp(String command) {
    assertEquals(Cli.OK, run(command, "--help"));
    assertTrue(out().startsWith("Usage: ddpm " + command), out());
    assertEquals("", err());
  }

  @Test
  void aCommandIsNeeded() {
    assertEquals(Cli.BAD_INPUT, run());
    assertTrue(err().startsWith("ddpm: a command is needed: "), err());
    assertEquals(1, err().lines().count());
  }

  @Test
  void aMissingOptionIsNamedInOneLine() {
    assertEquals(Cli.BAD_INPUT, run("train", "--dataset", "x"));
    assertTrue(err().contains("Missing required option: '--run=URI'"), err());
    assertTrue(err().contains("(see ddpm train --help)"), err());
    assertEquals(1, err().lines().count());
  }

  @Test
  void aWidthOutOfRangeIsNamedInOneLine() {
    assertEquals(Cli.BAD_INPUT, run("ema", "--run=r", "--sigma-rel=0.1,0.3", "--output=o"));
    assertEquals("ddpm: --sigma-rel: widths must be in (0, 0.28], got 0.3\n", err());
  }

  @Test
  void dryRunPrintsConfigurationAndCost() {
    assertEquals(
        Cli.OK,
        run(
            "train",
            "--dataset=d",
            "--run=r",
            "--dry-run",
            "--set",
            "training.steps=12",
            "--set",
            "model.dropout=0.2"));
    assertTrue(out().contains("training.steps = 12\n"), out());
    assertTrue(out().contains("model.dropout = 0.2\n"), out());
    assertTrue(out().contains("# parameters: 35,746,307\n"), out());
    assertTrue(out().contains("# GFLOP per example: 37.33 in training, 12.44 forward\n"), out());
  }

  @Test
  void formatsAreSpelledAsInConfigurations() {
    for (String format : List.of("cifar10", "folder", "lsun-lmdb", "table", "webdataset")) {
      assertEquals(
          Cli.OK, run("shard", "--input=i", "--output=o", "--dry-run", "--format", format), err());
      assertTrue(out().contains("shard.format.type = " + format + "\n"), out());
    }
    assertEquals(Cli.BAD_INPUT, run("shard", "--input=i", "--output=o", "--format=lsun"));
    assertTrue(
        err().contains("shard.format.type must be one of cifar10, folder, huggingface, lsun-lmdb"),
        err());
    assertEquals(Cli.BAD_INPUT, run("shard", "--input=cifar10:batches", "--output=o"));
    assertTrue(err().contains("--format cifar10 --input batches"), err());
  }

  @Test
  void anAblationsDryRunListsItsCombinations() {
    String heads = "\"e: diffusion.prediction=epsilon | v: diffusion.prediction=v\"";
    String seeds = "\"a: seed=1 | b: seed=2 data.window-shards=1\"";
    String[] arguments = {
      "ablate",
      "--dataset=d",
      "--output=o",
      "--dry-run",
      "--set=ablate.axes=[" + heads + ", " + seeds + "]"
    };
    assertEquals(Cli.OK, run(arguments), err());
    assertTrue(
        out()
            .contains(
                "# combination e-a: diffusion.prediction=epsilon seed=1\n"
                    + "# combination e-b: diffusion.prediction=epsilon seed=2"
                    + " data.window-shards=1\n"
                    + "# combination v-a: diffusion.prediction=v seed=1\n"),
        out());
  }

  @Test
  void credentialsAreNotTakenFromTheCommandLine() {
    int code =
        run("verify", "s3a://bucket/x", "--spark-conf=spark.hadoop.fs.s3a.secret.key=planted");
    assertEquals(Cli.BAD_INPUT, code);
    assertTrue(err().contains("would put a credential on the command line"), err());
    assertTrue(!err().contains("planted"), err());
  }

  @Test
  void allConfigurationProblemsAreOneLine() {
    assertEquals(
        Cli.BAD_INPUT,
        run("train", "--dataset=d", "--run=r", "--set=training.stepz=1", "--set=seed=x"));
    assertEquals(1, err().lines().count(), err());
    assertTrue(err().startsWith("ddpm: configuration: 2 problems: "), err());
    assertTrue(err().contains("did you mean training.steps?"), err());
    assertTrue(err().contains("seed must be a whole number, got 'x'"), err());
  }

  @Test
  void theCommandsOwnOptionsBeatAssignments() {
    int code =
        run(
            "sample",
            "--run=r",
            "--count=4",
            "--output=o",
            "--dry-run",
            "--set=sample.steps=7",
            "--steps=9",
            "--sampler=ddim",
            "--weights=raw");
    assertEquals(Cli.OK, code, err());
    assertTrue(out().contains("sample.steps = 9\n"), out());
    assertTrue(out().contains("sample.solver.type = ddim\n"), out());
    assertTrue(out().contains("sample.weights = raw\n"), out());
  }

  @Test
  void featuresAreNotTakenWhereTf32IsSet() {
    String[] tf32 = {
      "--set=engine=torch", "--set=engine.device=cuda", "--set=engine.precision=tf32"
    };
    for (List<String> command :
        List.of(
            List.of("sample", "--run=r", "--count=4", "--fid=f"),
            List.of("sweep", "--run=r", "--count=4", "--reference=f", "--output=o"))) {
      List<String> all = new ArrayList<>(command);
      all.addAll(List.of(tf32));
      all.add("--dry-run");
      assertEquals(Cli.BAD_INPUT, run(all.toArray(String[]::new)));
      assertTrue(err().contains("engine.precision=tf32 would reach the features"), err());
    }
  }

  @Test
  void soakWantsOneNetworkAndEnoughSteps() {
    for (String steps : List.of("-5", "0", "1")) {
      assertEquals(Cli.BAD_INPUT, run(soak("--soak=" + steps)));
      assertTrue(err().contains("--soak takes at least 2 steps"), err());
    }
    assertEquals(Cli.BAD_INPUT, run(soak("--soak=2", "--peer=true")));
    assertEquals(Cli.BAD_INPUT, run(bench("--soak=2")));
    assertEquals(Cli.OK, run(soak("--soak=3")), err());
    assertEquals(3, out().lines().filter(l -> l.contains("MiB resident")).count(), out());
    assertTrue(out().contains("the second half added"), out());
  }

  @Test
  void roundsOfWhatIsNoPlainMeanAreNotMeasured() {
    String[] gradients = {
      "bench-rounds", "--dir=d", "--frequency=4", "--set", "training.averaging.type=gradients"
    };
    assertEquals(Cli.BAD_INPUT, run(gradients));
    assertTrue(err().contains("--frequency is for parameters"), err());
    String[] nesterov = {
      "bench-rounds", "--dir=d", "--set", "training.averaging.outer.type=nesterov"
    };
    assertEquals(Cli.BAD_INPUT, run(nesterov));
    assertTrue(err().contains("bench-rounds measures plain means"), err());
    assertEquals(Cli.BAD_INPUT, run("bench-rounds", "--dir=d", "--workers=0"));
    assertTrue(err().contains("--workers must be at least 1"), err());
  }

  /** As {@link #bench}, with one batch. */
  private static String[] soak(String... more) {
    return Stream.of(bench(more))
        .map(a -> a.startsWith("--batch") ? "--batch=2" : a)
        .toArray(String[]::new);
  }

  @Test
  void verifyNamesWhatIsMissing(@TempDir Path dir) {
    assertEquals(Cli.BAD_INPUT, run("verify", dir.resolve("none").toString()));
    assertTrue(err().contains("none does not exist"), err());
    assertEquals(1, err().lines().count());
  }

  private static String[] bench(String... more) {
    String[] small = {
      "bench",
      "--set=model.image-size=8",
      "--set=model.channels=32",
      "--set=model.multipliers=[1]",
      "--set=model.attention=[]",
      "--set=model.blocks=1",
      "--batch=3,2",
      "--threads=2",
      "--seconds=0.01"
    };
    return Stream.of(small, more).flatMap(Arrays::stream).toArray(String[]::new);
  }

  @Test
  void benchAccountsForTheStep() {
    assertEquals(Cli.OK, run(bench()), err());
    for (String expected :
        new String[] {
          "matrix product",
          "batch 3",
          "batch 2",
          "training step",
          "inference",
          "ancestral step",
          "DDIM step",
          "batch preparation",
          "convolutions alone",
          "normalization",
          "optimizer",
          "native memory grew by 0 bytes",
          "peak resident memory"
        }) {
      assertTrue(out().contains(expected), expected + " is not in\n" + out());
    }
  }

  @Test
  void benchComparesWithAnotherProgram() {
    assertEquals(
        Cli.OK,
        run(
            bench(
                "--alternations=3",
                "--channels=32,64",
                "--peer=echo {channels} batch {batch}: 0.5 img/s best; echo ' fwd only 0.25"
                    + " img/s'")),
        err());
    assertEquals(4, out().split("median ratio", -1).length - 1, out());
    assertTrue(out().contains("against 0.50 images/s"), out());
    assertEquals(Cli.BAD_INPUT, run(bench("--peer=echo nothing")));
    assertTrue(err().contains("printed nothing that matches"), err());
    assertEquals(Cli.BAD_INPUT, run(bench("--peer=exit 7")));
    assertTrue(err().contains("exit code 7"), err());
  }
}
