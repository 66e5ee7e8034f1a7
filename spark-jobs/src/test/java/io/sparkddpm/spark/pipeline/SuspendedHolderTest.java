package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.evaluation.job.ReferenceStatsJob;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.HookedDisk;
import io.sparkddpm.spark.store.Suspension;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.job.TinyRun;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A job is suspended before something that it writes or deletes; another takes its place and does
 * all the work; the first wakes. Whatever it was about to do, the artefact is the other's and
 * whole.
 */
class SuspendedHolderTest {
  private static final Pattern REFUSED =
      Pattern.compile(
          "is being written by|is gone: somebody|already holds|was made by another process"
              + "|is there already: another process");

  @TempDir static Path base;
  private static SparkSession spark;
  private static Configuration conf;
  private static URI images;
  private static URI dataset;
  private static URI run;

  @BeforeAll
  static void inputs() throws IOException {
    spark = TinyRun.spark("local[3]");
    conf = spark.sparkContext().hadoopConfiguration();
    HookedDisk.register(conf);
    Path file = base.resolve("images.bin");
    try (OutputStream out = Files.newOutputStream(file)) {
      ShapesImages.write(out, 1, 50);
    }
    images = file.toUri();
    dataset = base.resolve("dataset").toUri();
    shard(dataset);
    run = TinyRun.train(spark, base.resolve("run"));
  }

  @AfterEach
  void unhook() {
    HookedDisk.unhook();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static String shard(URI to) {
    ShardConfig d = ShardConfig.DEFAULTS;
    ShardConfig config =
        new ShardConfig(d.format(), d.imageSize(), d.resize(), 20, d.badImageLimit());
    return ShardJob.on(spark).inputs(List.of(images)).output(to).config(config).run().fingerprint();
  }

  private static String sample(URI to) {
    SampleConfig config = new SampleConfig(new DdimSolver(0), 2, Spacing.UNIFORM, 5, 4, "raw");
    return SampleJob.on(spark)
        .engine(TinyRun.engine())
        .from(run)
        .to(to)
        .config(config)
        .npz(true)
        .count(6)
        .run()
        .fingerprint();
  }

  private static String stats(URI to) {
    FidConfig config = FidConfig.DEFAULTS.withForce(true);
    return ReferenceStatsJob.on(spark)
        .input(dataset)
        .output(to)
        .config(config)
        .partitions(2)
        .run()
        .fingerprint();
  }

  private static String train(URI to) {
    TinyRun.job(spark, to).run();
    return Checkpoints.resolve(conf, to).manifest().fingerprint();
  }

  private static void make(Function<URI, String> job, URI output) {
    assertNotNull(job.apply(output));
  }

  /**
   * @param step of the places to suspend it at
   */
  private static void suspended(String name, int step, Function<URI, String> job) {
    Path undisturbed = base.resolve(name);
    String expected = job.apply(undisturbed.toUri());
    int refused = 0;
    boolean reached = true;
    for (int n = 1; reached; n += step) {
      Path output = base.resolve(name + "-" + n);
      Suspension suspension = Suspension.at(n, output, () -> make(job, output.toUri()));
      try {
        make(job, URI.create("hooked://" + output));
      } catch (UserException e) {
        assertTrue(REFUSED.matcher(e.getMessage()).find(), "action " + n + ": " + e.getMessage());
        refused++;
      }
      reached = suspension.end();
      String where = "suspended at action " + n;
      assertEquals(List.of(), Artifact.verify(conf, output.toUri()), where);
      assertEquals(expected, job.apply(output.toUri()), where);
      assertFalse(Files.exists(output.resolve("_lease")), where);
    }
    assertTrue(refused > 0);
  }

  @Test
  void ofADataset() {
    suspended("shards", 1, SuspendedHolderTest::shard);
  }

  @Test
  void ofSamples() {
    suspended("samples", 1, SuspendedHolderTest::sample);
  }

  @Test
  void ofStatistics() {
    suspended("stats", 1, SuspendedHolderTest::stats);
  }

  @Test
  void ofARun() {
    suspended("runs", 7, SuspendedHolderTest::train);
  }

  @Test
  void ofADistance() throws IOException {
    URI reference = base.resolve("reference").toUri();
    stats(reference);
    String expected = fid(base.resolve("distance.json").toUri(), reference);
    boolean reached = true;
    for (int n = 1; reached; n++) {
      Path output = base.resolve("distance-" + n + ".json");
      Path work = base.resolve("distance-" + n + ".json.work");
      Suspension suspension = Suspension.at(n, work, () -> fid(output.toUri(), reference));
      try {
        fid(URI.create("hooked://" + output), reference);
      } catch (UserException e) {
        assertTrue(REFUSED.matcher(e.getMessage()).find(), "action " + n + ": " + e.getMessage());
      }
      reached = suspension.end();
      assertTrue(Files.readString(output).contains("\"distance\""), "action " + n);
      assertEquals(expected, distance(Files.readString(output)), "action " + n);
      fid(output.toUri(), reference); // clears the beginning of a file, if the first left one
      assertFalse(Files.exists(work), "action " + n);
    }
  }

  /** But for a suspension as the result's own file is opened, which no lease can prevent. */
  @Test
  void aDistanceThatAnotherHasFinishedIsNotWrittenAgain() throws IOException {
    URI reference = base.resolve("reference-again").toUri();
    stats(reference);
    boolean reached = true;
    int replaced = 0;
    for (int n = 1; reached; n++) {
      Path output = base.resolve("again-" + n + ".json");
      Path work = base.resolve("again-" + n + ".json.work");
      List<FileTime> others = new ArrayList<>();
      Suspension suspension =
          Suspension.at(
              n,
              work,
              () -> {
                fid(output.toUri(), reference, true);
                others.add(modified(output));
              });
      try {
        fid(URI.create("hooked://" + output), reference, true);
      } catch (UserException e) {
        assertTrue(REFUSED.matcher(e.getMessage()).find(), "action " + n + ": " + e.getMessage());
      }
      reached = suspension.end();
      replaced += others.isEmpty() || others.get(0).equals(modified(output)) ? 0 : 1;
      assertTrue(replaced <= 1, "replaced again at action " + n);
    }
  }

  private static FileTime modified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String fid(URI output, URI reference) {
    return fid(output, reference, false);
  }

  private static String fid(URI output, URI reference, boolean reuse) {
    FidJob.on(spark)
        .reuse(reuse)
        .samples(dataset)
        .reference(reference)
        .config(FidConfig.DEFAULTS.withForce(true))
        .output(output)
        .partitions(2)
        .run();
    try {
      return distance(Files.readString(Path.of(output.getPath())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String distance(String json) {
    int at = json.indexOf("\"distance\"");
    return json.substring(at, json.indexOf(',', at));
  }
}
