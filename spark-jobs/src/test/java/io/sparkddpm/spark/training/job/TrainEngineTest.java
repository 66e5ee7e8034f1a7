package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.EmaConfig;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.spark.data.Cifar10Source;
import io.sparkddpm.spark.data.DataConfig;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.checkpoint.MetricsLog;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The promises of a run, with the U-Net on ND4J's engine and a sharded dataset. */
class TrainEngineTest {
  private static final UNetConfig NETWORK =
      new UNetConfig(8, 3, 3, 32, List.of(1, 1), 1, List.of(), 0.1);

  @TempDir static Path dir;
  private static SparkSession spark;
  private static Path dataset;

  @BeforeAll
  static void shard() throws IOException {
    spark = TrainFixture.spark("local[2]");
    Path images = dir.resolve("shapes.bin");
    try (OutputStream out = Files.newOutputStream(images)) {
      ShapesImages.write(out, 5, 50);
    }
    dataset = dir.resolve("dataset");
    ShardJob.on(spark)
        .inputs(List.of(uri(images)))
        .output(uri(dataset))
        .config(new ShardConfig(new Cifar10Source(), 8, ResizeFilter.AREA, 20, 0))
        .run();
  }

  @AfterEach
  void freeEngines() {
    ExecutorState.free();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static RunSettings settings(long steps, int workers, int every, AveragingMode mode) {
    return new RunSettings(
        ScheduleConfig.DEFAULTS,
        DiffusionConfig.DEFAULTS,
        NETWORK,
        new OptimizerConfig(new LearningRate.Constant(1e-3, 2), 0.9, 0.999, 1e-8, 1.0),
        new TrainingConfig(
            5,
            steps,
            workers,
            TrainFixture.averaging(mode, every),
            new EmaConfig.Warmup(List.of(0.9)),
            true,
            4,
            2,
            0,
            4,
            2,
            new ConstantWeighting(),
            new ClockConfig.Uniform(),
            ObjectiveConfig.DEFAULTS),
        DataConfig.DEFAULTS,
        3);
  }

  private TrainJob job(Path run, RunSettings settings) {
    return TrainJob.on(spark).dataset(uri(dataset)).directory(uri(run)).settings(settings);
  }

  @Test
  void resumedOrSentOverSparkTheBitsAreTheSame() {
    Path whole = dir.resolve("whole");
    TrainJob.Result result = job(whole, settings(8, 2, 2, AveragingMode.PARAMETERS)).run();
    assertEquals(8, result.step());
    Path twice = dir.resolve("twice");
    job(twice, settings(4, 2, 2, AveragingMode.PARAMETERS)).run();
    ExecutorState.free();
    TrainJob.Result resumed =
        job(twice, settings(8, 2, 2, AveragingMode.PARAMETERS)).asOnCluster().run();
    assertEquals(4, resumed.resumedFrom());
    assertEquals(result.weightsSha256(), resumed.weightsSha256());
    assertEquals(last(whole).manifest().fingerprint(), last(twice).manifest().fingerprint());
    assertEquals(metrics(whole), metrics(twice));
  }

  @Test
  void gradientsOfManyWorkersAreThoseOfOne() {
    Path one = dir.resolve("one");
    Path three = dir.resolve("three");
    job(one, settings(4, 1, 1, AveragingMode.PARAMETERS)).run();
    job(three, settings(4, 3, 1, AveragingMode.GRADIENTS)).run();
    var a = MetricsLog.read(CONF, uri(one)).get(1);
    var b = MetricsLog.read(CONF, uri(three)).get(1);
    assertEquals(a.loss(), b.loss(), 1e-5 * a.loss());
    assertEquals(a.gradientNorm(), b.gradientNorm(), 1e-4 * a.gradientNorm());
    float[] moments = last(one).tensors(Checkpoint.FIRST_MOMENT_FILE, last(one).layout());
    float[] averaged = last(three).tensors(Checkpoint.FIRST_MOMENT_FILE, last(one).layout());
    assertArrayEquals(moments, averaged, 1e-5f);
  }

  private static RunSettings plain(int batch, long steps, AveragingMode mode, double dropout) {
    RunSettings s = settings(4, 2, 4, AveragingMode.PARAMETERS);
    return new RunSettings(
        s.schedule(),
        s.diffusion(),
        new UNetConfig(8, 3, 3, 32, List.of(1, 1), 1, List.of(), dropout),
        new OptimizerConfig(
            new LearningRate.Constant(1e-3, 0),
            0.9,
            0.999,
            1e-20,
            0), // DL4J's gradients are 64 times ours
        new TrainingConfig(
            batch,
            steps,
            2,
            TrainFixture.averaging(mode, 4),
            new EmaConfig.Warmup(List.of()),
            true,
            4,
            2,
            0,
            4,
            2,
            new ConstantWeighting(),
            new ClockConfig.Uniform(),
            ObjectiveConfig.DEFAULTS),
        s.data(),
        s.seed());
  }

  /** How far two runs' weights lie apart, for how far one of them went from the start. */
  private static double apart(Path a, Path b) {
    float[] start = new Nd4jEngine().initialParameters(NETWORK, 3);
    float[] first = last(a).weights("raw");
    float[] second = last(b).weights("raw");
    double difference = 0;
    double way = 0;
    for (int i = 0; i < start.length; i++) {
      difference += Math.abs(first[i] - second[i]);
      way += Math.abs(first[i] - start[i]);
    }
    return difference / way;
  }

  /** Not bit by bit: the first gradients of a network whose last layer is nearly zero are noise. */
  @Test
  void theStockMasterGoesOurWayInARoundOfEqualShares() {
    TrainFixture.assumeDl4jSpark();
    Path ours = dir.resolve("ours");
    Path stock = dir.resolve("stock");
    job(ours, plain(6, 4, AveragingMode.PARAMETERS, 0)).run();
    job(stock, plain(6, 4, AveragingMode.STOCK, 0)).run();
    double apart = apart(ours, stock);
    assertTrue(apart > 0 && apart < 0.4, () -> "apart by " + apart);
    double loss = MetricsLog.read(CONF, uri(stock)).get(1).loss();
    assertTrue(loss > 0.1 && loss < 3, () -> "loss " + loss);
  }

  @Test
  void theStockMasterRefusesWhatItWouldDoOtherwise() {
    TrainFixture.assumeDl4jSpark();
    RunSettings dropout = plain(6, 4, AveragingMode.STOCK, 0.1);
    var e = assertThrows(UserException.class, () -> job(dir.resolve("drop"), dropout).run());
    assertEquals("training.averaging=stock needs model.dropout=0, it is 0.1", e.getMessage());
    RunSettings uneven = plain(5, 4, AveragingMode.STOCK, 0);
    e = assertThrows(UserException.class, () -> job(dir.resolve("uneven"), uneven).run());
    assertEquals(
        "training.averaging=stock needs equal shares: training.batch-size=5 is no multiple of"
            + " training.workers=2",
        e.getMessage());
  }

  @Test
  void theCheckpointDescribesTheNetwork() {
    Path run = dir.resolve("run");
    job(run, settings(0, 1, 1, AveragingMode.PARAMETERS)).run();
    Checkpoint start = Checkpoints.resolve(CONF, uri(run));
    assertEquals(NETWORK, start.modelConfig());
    assertEquals(ScheduleConfig.DEFAULTS, start.schedule());
    assertEquals(DiffusionConfig.DEFAULTS, start.diffusion());
    assertEquals(List.of("raw", "ema-0.9"), start.weightNames());
    assertEquals(new Nd4jEngine().layout(NETWORK), start.layout());
    assertArrayEquals(new Nd4jEngine().initialParameters(NETWORK, 3), start.weights("ema-0.9"));
    var e = assertThrows(UserException.class, () -> start.weights("ema-0.5"));
    assertTrue(e.getMessage().endsWith("has no weights 'ema-0.5', it has raw, ema-0.9"));
  }

  @Test
  void aDatasetOfAnotherShapeIsRefused() {
    RunSettings settings = settings(4, 1, 1, AveragingMode.PARAMETERS);
    RunSettings larger = settings.withModel(UNetConfig.DEFAULTS);
    var e = assertThrows(UserException.class, () -> job(dir.resolve("no"), larger).run());
    assertTrue(
        e.getMessage()
            .endsWith("has records of uint8 [3, 8, 8], but the network takes items of [3, 32, 32]"),
        e.getMessage());
  }
}
