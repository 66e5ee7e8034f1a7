package io.sparkddpm.spark.pipeline;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.Sessions;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Nights of a small network on one session, on a disk that can die. */
abstract class NightFixture {
  static final String SMALL =
      """
      seed = 3
      shard { image-size = 16, records-per-shard = 20 }
      model {
        image-size = 16, channels = 32, multipliers = [1], blocks = 1, attention = [], dropout = 0
      }
      training {
        batch-size = 4, workers = 1, averaging = gradients, checkpoint-every = 2, sample-every = 0
        ema.rates = [0.9], metrics-every = 1, keep-checkpoints = 1
      }
      sample { weights = ema-0.9, solver { type = ddim }, steps = 2 }
      pipeline { sample-count = 8 }
      fid { force = true }
      nightly { steps = 3, margin = 1000, keep-nights = 2 }
      """;

  static SparkSession spark;

  @TempDir Path dir;

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

  static Configuration conf() {
    return spark.sparkContext().hadoopConfiguration();
  }

  final void images(String name, long seed, int count) throws IOException {
    Files.createDirectories(dir.resolve("in"));
    try (OutputStream out = Files.newOutputStream(dir.resolve("in").resolve(name))) {
      ShapesImages.write(out, seed, count);
    }
  }

  final Nightly.Result night(URI output, String name, String more) {
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

  static Checkpoint last(URI output) {
    return Checkpoints.latestWhole(conf(), URI.create(output + "/run")).orElseThrow();
  }

  static List<NightRecord> records(URI output) {
    return new NightFiles(conf(), output).done();
  }

  /** Of a process that is dead these count no more; this one lives. */
  static void forgetHolders(Path below) throws IOException {
    try (Stream<Path> files = Files.walk(below)) {
      for (Path file : files.toList()) {
        if (file.getParent().endsWith("_lease")) {
          Files.delete(file);
        }
      }
    }
  }
}
