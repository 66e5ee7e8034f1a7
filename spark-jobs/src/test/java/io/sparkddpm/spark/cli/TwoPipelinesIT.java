package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.lab.cluster.JavaProcess;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes that run the nightly pipeline into one directory. */
class TwoPipelinesIT {
  private static final Pattern NOTHING = Pattern.compile("^(never)$");
  private static final String LAST_CHECKPOINT = "step-00000004/_manifest.json";

  @TempDir private Path dir;

  private JavaProcess start(String name, String output, List<String> more) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(
        List.of(
            "pipeline",
            "--night=n1",
            "--input=" + dir.resolve("shapes.bin"),
            "--output=" + output,
            "--set=seed=3",
            "--set=nightly.steps=4",
            "--set=shard.image-size=16",
            "--set=shard.records-per-shard=20",
            "--set=model.image-size=16",
            "--set=model.channels=32",
            "--set=model.multipliers=[1]",
            "--set=model.blocks=1",
            "--set=model.attention=[]",
            "--set=training.batch-size=4",
            "--set=training.workers=2",
            "--set=training.averaging=gradients",
            "--set=training.checkpoint-every=2",
            "--set=training.sample-every=0",
            "--set=training.ema.rates=[0.9]",
            "--set=sample.weights=ema-0.9",
            "--set=sample.solver=ddim",
            "--set=sample.steps=2",
            "--set=pipeline.sample-count=8",
            "--set=fid.force=true",
            "--spark-conf=spark.master=local[1]"));
    arguments.addAll(more);
    return JavaProcess.start(
        dir.resolve(name),
        Map.of("OMP_NUM_THREADS", "1", "SPARK_LOCAL_DIRS", dir.resolve("scratch").toString()),
        NOTHING,
        "512m",
        Main.class.getName(),
        arguments);
  }

  private static String text(JavaProcess process) throws IOException {
    return Files.readString(process.log(), StandardCharsets.UTF_8);
  }

  @Test
  void theSecondIsRefusedAndNothingIsLost() throws Exception {
    try (OutputStream out = Files.newOutputStream(dir.resolve("shapes.bin"))) {
      ShapesImages.write(out, 5, 40);
    }
    Path output = dir.resolve("out");
    try (ServerSocket gate = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        JavaProcess first =
            start(
                "first.log",
                "gated:" + output,
                GatedFileSystem.settings(LAST_CHECKPOINT, gate.getLocalPort()))) {
      try (Socket training = GatedFileSystem.knock(gate, first)) {
        try (JavaProcess second = start("second.log", output.toString(), List.of())) {
          assertEquals(Cli.BAD_INPUT, second.exitCode(), text(second));
          String message = "is being written by process " + first.handle().pid() + " ";
          assertTrue(
              text(second).lines().anyMatch(l -> l.startsWith("ddpm: ") && l.contains(message)),
              text(second));
        }
        assertTrue(training.isConnected());
      }
      assertEquals(Cli.OK, first.exitCode(), text(first));
    }
    Configuration conf = new Configuration();
    for (String made : List.of("dataset", "run", "reference", "samples/n1")) {
      assertEquals(List.of(), Artifact.verify(conf, output.resolve(made).toUri()), made);
    }
    URI run = output.resolve("run").toUri();
    assertEquals(4, Checkpoints.latestWhole(conf, run).orElseThrow().step());
    try (JavaProcess again = start("again.log", output.toString(), List.of())) {
      assertEquals(Cli.OK, again.exitCode(), text(again));
      assertTrue(text(again).contains("night n1 (was done already)"), text(again));
    }
    assertEquals(1, Files.readAllLines(output.resolve("history.jsonl")).size());
  }
}
