package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.image.ShapesImages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole commands on a small network, in local mode. */
class PipelineIT {
  private static final List<String> SMALL =
      List.of(
          "--set=model.channels=32",
          "--set=model.multipliers=[1,1]",
          "--set=model.blocks=1",
          "--set=model.attention=[]",
          "--set=training.batch-size=8",
          "--set=training.workers=2",
          "--set=training.averaging=gradients",
          "--set=training.sample-every=4",
          "--set=training.sample-count=4",
          "--set=training.ema.rates=[0.9]",
          "--set=training.metrics-every=1",
          "--set=sample.weights=ema-0.9",
          "--set=sample.solver=ddim",
          "--set=sample.steps=3",
          "--set=sample.batch-size=4",
          "--set=shard.records-per-shard=40",
          "--set=pipeline.sample-count=8",
          "--set=pipeline.also-weights=[raw]",
          "--set=fid.force=true",
          "--spark-conf=spark.master=local[2]");

  @TempDir private Path dir;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    out.reset();
    err.reset();
    return new Cli(
            new Terminal(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Optional.empty()))
        .run(args);
  }

  private int pipeline(int steps, String output) throws IOException {
    Path images = dir.resolve("shapes.bin");
    try (OutputStream file = Files.newOutputStream(images)) {
      ShapesImages.write(file, 3, 100);
    }
    List<String> args = new ArrayList<>(List.of("pipeline", "--input", images.toString()));
    Path unseen = dir.resolve("unseen.bin");
    try (OutputStream file = Files.newOutputStream(unseen)) {
      ShapesImages.write(file, 4, 50);
    }
    args.addAll(List.of("--test-input", unseen.toString()));
    args.addAll(List.of("--output", dir.resolve(output).toString()));
    args.addAll(SMALL);
    args.add("--set=training.steps=" + steps);
    return run(args.toArray(String[]::new));
  }

  private String text() {
    return out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void runsResumesAndPassesOverWhatIsDone() throws IOException {
    assertEquals(Cli.OK, pipeline(4, "all"), this::text);
    assertTrue(text().contains("ema-0.9: fd-random"), this::text);
    assertTrue(text().contains("raw: fd-random"), this::text);
    assertFalse(text().contains("FID"), this::text);
    Path samples = dir.resolve("all/samples");
    byte[] grid = Files.readAllBytes(samples.resolve("step-00000004-ema-0.9/grid.png"));
    String report = Files.readString(dir.resolve("all/report.html"), StandardCharsets.UTF_8);
    assertTrue(report.contains("100 training images"), report);
    assertTrue(report.contains("50 test images"), report);
    assertTrue(text().contains("raw, unseen images: fd-random"), this::text);

    assertEquals(Cli.OK, pipeline(4, "all"), this::text);
    assertFalse(text().contains("train: "), this::text);
    assertFalse(text().contains("sample: "), this::text);
    assertFalse(text().contains("features: "), this::text);
    assertTrue(text().contains("ema-0.9: fd-random"), this::text);
    assertArrayEquals(grid, Files.readAllBytes(samples.resolve("step-00000004-ema-0.9/grid.png")));

    assertEquals(Cli.OK, pipeline(8, "all"), this::text);
    assertEquals(Cli.OK, pipeline(8, "straight"), this::text);
    for (String weights : List.of("ema-0.9", "raw")) {
      String file = "samples/step-00000008-" + weights + "/grid.png";
      assertArrayEquals(
          Files.readAllBytes(dir.resolve("straight").resolve(file)),
          Files.readAllBytes(dir.resolve("all").resolve(file)));
    }
    for (String artefact : List.of("dataset", "run", "samples/step-00000008-raw", "reference")) {
      assertEquals(Cli.OK, run("verify", dir.resolve("all/" + artefact).toString()), this::text);
      assertTrue(text().contains(": whole "), this::text);
    }
  }

  @Test
  void badInputIsOneLineAndExitsTwo() throws IOException {
    Path foreign = dir.resolve("foreign.bin");
    Files.write(foreign, new byte[5000]);
    String output = dir.resolve("d").toString();
    assertEquals(Cli.BAD_INPUT, run("shard", "--input", foreign.toString(), "--output", output));
    String message = err.toString(StandardCharsets.UTF_8);
    assertEquals(1, message.lines().filter(l -> l.startsWith("ddpm: ")).count(), message);
    assertTrue(message.contains("foreign.bin has 5000 bytes"), message);
    assertFalse(message.contains("\tat "), message);
  }
}
