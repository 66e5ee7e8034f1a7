package io.sparkddpm.spark.evaluation.bound;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.diffusion.BoundProfile;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.spark.data.Cifar10Source;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.evaluation.EvaluateConfig;
import io.sparkddpm.spark.sampling.FaultyEngine;
import io.sparkddpm.spark.sampling.SampleOverrides;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.job.TinyRun;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.job.TrainJob;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateJobTest {
  private static final Configuration CONF = new Configuration();
  private static final EvaluateConfig FEW = new EvaluateConfig(7, 9, 5, 4, 2);

  @TempDir static Path base;
  private static SparkSession spark;
  private static URI train;
  private static URI test;
  private static URI run;

  @BeforeAll
  static void prepare() throws IOException {
    spark = TinyRun.spark("local[3]");
    train = shard("train", 5, 24);
    test = shard("test", 6, 12);
    run = train("run", DiffusionConfig.DEFAULTS, 0);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static URI shard(String name, long seed, int images) throws IOException {
    Path in = Files.createDirectory(base.resolve(name + "-images"));
    try (OutputStream out = Files.newOutputStream(in.resolve("shapes.bin"))) {
      ShapesImages.write(out, seed, images);
    }
    Files.writeString(
        in.resolve("batches.meta.txt"), String.join("\n", ShapesImages.CLASS_NAMES) + "\n");
    URI dataset = base.resolve(name).toUri();
    ShardJob.on(spark)
        .inputs(List.of(in.resolve("shapes.bin").toUri()))
        .output(dataset)
        .config(new ShardConfig(new Cifar10Source(), 8, ResizeFilter.AREA, 5, 0))
        .run();
    return dataset;
  }

  private static URI train(String name, DiffusionConfig diffusion, int classes) {
    RunSettings s = TrainFixture.settings(TrainFixture.training(4, 6, 1, 3));
    RunSettings settings =
        new RunSettings(
            s.schedule(),
            diffusion,
            new UNetConfig(8, 3, 3, 32, List.of(1), 1, List.of(), 0, 32, classes, 0, 0, 0),
            s.optimizer(),
            s.training(),
            s.data(),
            s.seed());
    return TrainJob.on(spark)
        .directory(base.resolve(name).toUri())
        .settings(settings)
        .engine(TinyRun.engine())
        .dataset(train)
        .run()
        .run();
  }

  private static EvaluateJob job(String output) {
    return EvaluateJob.on(spark)
        .engine(TinyRun.engine())
        .from(run)
        .datasets(List.of(train, test))
        .to(base.resolve(output).toUri())
        .weights("ema-0.9")
        .config(FEW);
  }

  private static byte[] bytes(EvaluateJob.Result result, String file) throws IOException {
    return Files.readAllBytes(Path.of(result.output()).resolve(file));
  }

  @Test
  void anyPartitioningGivesTheSameBytes() throws IOException {
    EvaluateJob.Result one = job("one").partitions(1).run();
    EvaluateJob.Result three = job("three").partitions(3).run();
    EvaluateJob.Result each = job("each").run();
    assertEquals(14, each.made());
    assertEquals(one.fingerprint(), three.fingerprint());
    assertEquals(one.fingerprint(), each.fingerprint());
    assertArrayEquals(bytes(one, "evaluation.json"), bytes(each, "evaluation.json"));
    Artifact artifact = Artifact.open(CONF, each.output());
    assertTrue(artifact.verify().isEmpty());
    assertEquals(
        List.of(
            "decodings-1.png",
            "decodings-2.png",
            "distortion.png",
            "evaluation.json",
            "rate-distortion.png",
            "rate.png",
            "terms.png"),
        artifact.manifest().files().stream().map(f -> f.path()).toList());
    try (Stream<Path> left = Files.list(base.resolve("each"))) {
      assertEquals(8, left.count(), "no notes are left");
    }
    assertEquals(
        2 * 2 * (64 + 2) + 2, ImageCodec.decode(bytes(one, "decodings-1.png"), "d").height());
  }

  @Test
  void theResultHasAllParts() {
    EvaluateJob.Result result = job("parts").config(new EvaluateConfig(0, 0, 5, 16, 0)).run();
    EvaluationResult evaluation = result.evaluation();
    assertEquals(36, result.made());
    assertEquals(100, evaluation.timesteps());
    assertEquals(100, evaluation.measured());
    assertEquals("epsilon", evaluation.prediction());
    assertEquals("beta", evaluation.variance());
    for (EvaluationResult.MeasuredImages set : evaluation.sets()) {
      BoundProfile bound = set.bound();
      double sum = bound.prior();
      for (BoundProfile.Level level : bound.levels()) {
        assertEquals(level.from() + 1, level.to());
        assertTrue(level.epsilonError() > 0 && level.x0Error() > 0);
        sum += level.bits();
      }
      assertEquals(sum, bound.total().mean(), 1e-10 * sum);
      assertEquals(bound.rate() + bound.decoder(), bound.total().mean(), 1e-10 * sum);
      assertEquals(set.images(), set.imagesInAll());
    }
    double gap =
        evaluation.sets().get(1).bound().total().mean()
            - evaluation.sets().get(0).bound().total().mean();
    assertEquals(gap, evaluation.gaps().get(0).bitsPerDim().mean(), 1e-12);
    assertEquals(3, evaluation.summary().size());
    String last = evaluation.summary().get(2);
    assertTrue(last.startsWith("gap of test to train: "), last);
  }

  @Test
  void anInterruptedJobIsFinishedWithWhatItLeft() throws IOException {
    EvaluateJob.Result whole = job("undisturbed").run();
    FaultyEngine.LEFT.set(100);
    EvaluateJob broken = job("interrupted").engine(new FaultyEngine(false)).partitions(1);
    Exception e = assertThrows(Exception.class, broken::run);
    assertTrue(e.getMessage().contains("the executor was lost"), e.getMessage());
    assertFalse(Artifact.exists(CONF, base.resolve("interrupted").toUri()));
    Path notes = base.resolve("interrupted/_progress");
    List<Path> left;
    try (Stream<Path> files = Files.list(notes)) {
      left = files.sorted().toList();
    }
    assertTrue(left.size() >= 2, left.toString());
    byte[] cut = Files.readAllBytes(left.get(0));
    Files.write(left.get(0), Arrays.copyOf(cut, cut.length / 2));
    EvaluateJob.Result resumed = job("interrupted").run();
    assertTrue(resumed.made() > 0 && resumed.made() < 14, "made " + resumed.made());
    assertEquals(whole.fingerprint(), resumed.fingerprint());
    assertFalse(Files.exists(notes));
  }

  @Test
  void aRerunMeasuresNothingAndMendsDamage() throws IOException {
    EvaluateJob.Result first = job("rerun").run();
    assertEquals(0, job("rerun").run().made());
    Files.write(Path.of(first.output()).resolve("terms.png"), new byte[] {1});
    EvaluateJob.Result mended = job("rerun").run();
    assertEquals(first.fingerprint(), mended.fingerprint());
    assertTrue(Artifact.open(CONF, mended.output()).verify().isEmpty());
    EvaluateJob other = job("rerun").config(new EvaluateConfig(7, 9, 6, 4, 2));
    String message = assertThrows(UserException.class, other::run).getMessage();
    assertTrue(message.contains("evaluate.seed was 5, is now 6"), message);
  }

  @Test
  void weightsSeedAndTimestepsMatter() {
    double bits = total(job("matter-0").run());
    assertNotEquals(bits, total(job("matter-1").weights("raw").run()));
    assertNotEquals(bits, total(job("matter-2").config(new EvaluateConfig(7, 9, 6, 4, 0)).run()));
    assertNotEquals(bits, total(job("matter-3").config(new EvaluateConfig(7, 8, 5, 4, 0)).run()));
  }

  private static double total(EvaluateJob.Result result) {
    return result.evaluation().sets().get(0).bound().total().mean();
  }

  @Test
  void everyHeadAndVariance() {
    for (PredictionType prediction : PredictionType.values()) {
      boolean learned = prediction == PredictionType.V;
      DiffusionConfig diffusion =
          new DiffusionConfig(
              prediction, learned ? VarianceType.BETA_TILDE : VarianceType.BETA, true);
      URI from = train("run-" + prediction, diffusion, learned ? 10 : 0);
      EvaluateJob.Result result =
          job("head-" + prediction).from(from).datasets(List.of(test)).run();
      assertTrue(Double.isFinite(total(result)) && total(result) > 0);
      DiffusionConfig fixed = new DiffusionConfig(prediction, VarianceType.BETA_TILDE, false);
      EvaluateJob.Result other =
          job("head-fixed-" + prediction)
              .from(from)
              .datasets(List.of(test))
              .overrides(
                  SampleOverrides.of(
                      Map.of("diffusion.variance", "", "diffusion.clip-x0", ""), fixed))
              .run();
      assertEquals("beta-tilde", other.evaluation().variance());
      assertNotEquals(total(result), total(other));
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    refused(job("r1").weights("ema-0.5"), "has no weights 'ema-0.5', it has raw, ema-0.9");
    refused(
        job("r2").config(new EvaluateConfig(13, 0, 0, 1, 0)),
        "has 12 images; evaluate.images must be 0 for all, or from 2 to their number, got 13");
    refused(
        job("r3").config(new EvaluateConfig(7, 101, 0, 1, 0)),
        "evaluate.timesteps must be at most the schedule's 100, got 101");
    refused(
        job("r4")
            .overrides(
                SampleOverrides.of(
                    Map.of("diffusion.variance", ""),
                    new DiffusionConfig(PredictionType.EPSILON, VarianceType.LEARNED_RANGE, true))),
        "choose beta or beta-tilde");
    for (String name : List.of("r1", "r2", "r3", "r4")) {
      assertFalse(Files.exists(base.resolve(name)));
    }
  }

  private static void refused(EvaluateJob job, String why) {
    String message = assertThrows(UserException.class, job::run).getMessage();
    assertTrue(message.contains(why), message);
  }
}
