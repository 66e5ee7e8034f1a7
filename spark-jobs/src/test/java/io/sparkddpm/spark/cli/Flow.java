package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** All commands from images to a distance, below one directory of any file system. */
final class Flow {
  private final URI root;
  private final List<String> sparkConf = new ArrayList<>();

  Flow(URI root, Map<String, String> settings) {
    this.root = root;
    sparkConf.add("--spark-conf=spark.master=local[2]");
    settings.forEach((key, value) -> sparkConf.add("--spark-conf=" + key + "=" + value));
  }

  URI uri(String relative) {
    return Locations.resolve(root, relative);
  }

  /** Fifty images of shapes, where {@link #shard} looks for them. */
  void writeImages(Configuration conf) throws IOException {
    FileSystem fs = Locations.fileSystem(conf, root);
    try (OutputStream out = fs.create(new Path(uri("shapes.bin")))) {
      ShapesImages.write(out, 5, 50);
    }
  }

  private List<String> command(String name, String... arguments) {
    List<String> all = new ArrayList<>(List.of(name));
    all.addAll(List.of(arguments));
    all.addAll(sparkConf);
    return all;
  }

  List<String> shard() {
    return command(
        "shard",
        "--input=" + uri("shapes.bin"),
        "--output=" + uri("dataset"),
        "--image-size=16",
        "--set=shard.records-per-shard=20");
  }

  List<String> train() {
    return command(
        "train",
        "--dataset=" + uri("dataset"),
        "--run=" + uri("run"),
        "--set=seed=3",
        "--set=model.image-size=16",
        "--set=model.channels=32",
        "--set=model.multipliers=[1,1]",
        "--set=model.blocks=1",
        "--set=model.attention=[]",
        "--set=training.batch-size=7",
        "--set=training.workers=2",
        "--set=training.averaging=parameters",
        "--set=training.averaging.period.steps=2",
        "--set=training.steps=6",
        "--set=training.checkpoint-every=2",
        "--set=training.sample-every=6",
        "--set=training.sample-count=4",
        "--set=training.ema.rates=[0.9]",
        "--set=training.metrics-every=2",
        "--set=sample.weights=ema-0.9",
        "--set=sample.solver=ddim",
        "--set=sample.steps=3");
  }

  List<String> sample() {
    return command(
        "sample",
        "--run=" + uri("run"),
        "--count=8",
        "--output=" + uri("samples"),
        "--weights=ema-0.9",
        "--sampler=ddim",
        "--steps=3",
        "--npz");
  }

  List<String> referenceStats() {
    return command("reference-stats", "--input=" + uri("dataset"), "--output=" + uri("stats"));
  }

  List<String> fid() {
    return command(
        "fid",
        "--samples=" + uri("samples"),
        "--reference=" + uri("stats"),
        "--output=" + uri("fid.json"),
        "--force");
  }

  List<String> verify() {
    return command("verify", uri("run").toString());
  }

  List<List<String>> all() {
    return List.of(shard(), train(), sample(), referenceStats(), fid(), verify());
  }

  /** Arguments of {@link CommandChain}. */
  static List<String> chain(List<List<String>> commands) {
    List<String> arguments = new ArrayList<>();
    for (List<String> command : commands) {
      if (!arguments.isEmpty()) {
        arguments.add(CommandChain.THEN);
      }
      arguments.addAll(command);
    }
    return arguments;
  }

  /** Runs commands in this process; every one must end well. */
  static void run(List<List<String>> commands) {
    for (List<String> command : commands) {
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      PrintStream out = new PrintStream(text, true, StandardCharsets.UTF_8);
      int code =
          new Cli(new Terminal(out, out, Optional.empty())).run(command.toArray(String[]::new));
      assertEquals(
          Cli.OK, code, () -> command.get(0) + ": " + text.toString(StandardCharsets.UTF_8));
    }
  }

  /** What a flow leaves, place and time apart, in lines that show what differs. */
  List<String> outcome(Configuration conf) throws IOException {
    List<String> lines = new ArrayList<>();
    add(lines, "dataset", Artifact.open(conf, uri("dataset")).manifest());
    add(lines, "checkpoint", Checkpoints.latestWhole(conf, uri("run")).orElseThrow().manifest());
    add(lines, "samples", Artifact.open(conf, uri("samples")).manifest());
    try (InputStream in = Locations.fileSystem(conf, root).open(new Path(uri("fid.json")))) {
      lines.add("distance " + new ObjectMapper().readTree(in.readAllBytes()).get("distance"));
    }
    return lines;
  }

  private static void add(List<String> lines, String what, Manifest manifest) {
    manifest.config().forEach((key, value) -> lines.add(what + " " + key + " = " + value));
    manifest.counts().forEach((key, value) -> lines.add(what + " " + key + " = " + value));
    manifest.properties().forEach((key, value) -> lines.add(what + " " + key + " = " + value));
    manifest.inputs().forEach(input -> lines.add(what + " from " + input.fingerprint()));
    manifest.files().forEach(f -> lines.add(what + " " + f.logicalPath() + " " + f.sha256()));
    lines.add(what + " is " + manifest.fingerprint());
  }

  /** The same on the local disk, in this process. */
  static List<String> localOutcome(java.nio.file.Path dir) throws IOException {
    Configuration conf = new Configuration();
    Flow local = new Flow(Locations.parse(conf, dir.toString()), Map.of());
    local.writeImages(conf);
    run(local.all());
    return local.outcome(conf);
  }
}
