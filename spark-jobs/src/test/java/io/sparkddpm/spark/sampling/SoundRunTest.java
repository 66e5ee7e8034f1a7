package io.sparkddpm.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.network.UNet1dConfig;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.sound.SoundMedium;
import io.sparkddpm.sound.Wav;
import io.sparkddpm.spark.data.DrawnFiles;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.data.WavSource;
import io.sparkddpm.spark.evaluation.EvaluateConfig;
import io.sparkddpm.spark.evaluation.bound.EvaluateJob;
import io.sparkddpm.spark.evaluation.items.MeasureJob;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.pipeline.ImageJobs;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.job.TinyRun;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.job.TrainJob;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Notes that the program plays become a dataset, a run, and WAV files that are measured. */
class SoundRunTest {
  private static final Configuration CONF = new Configuration();
  private static final int RATE = 4000;
  private static final int LENGTH = 1024;

  private static final SampleConfig DRAWING =
      new SampleConfig(DdimSolver.DEFAULTS, 5, Spacing.UNIFORM, 5, 4, "raw");

  @TempDir static Path base;
  private static SparkSession spark;
  private static URI dataset;

  @BeforeAll
  static void start() {
    spark = TinyRun.spark("local[3]");
    URI notes = base.resolve("notes").toUri();
    DrawnFiles.write(CONF, "sounds", notes, 1, 20, Progress.NONE);
    dataset = base.resolve("dataset").toUri();
    ShardJob.on(spark)
        .inputs(List.of(notes))
        .output(dataset)
        .config(new ShardConfig(new WavSource(RATE, LENGTH), 32, ResizeFilter.AREA, 40, 0))
        .run();
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  private static TrainJob train(String name, int steps) {
    TrainingConfig training =
        TrainFixture.training(4, steps, 2, TrainFixture.averaging(AveragingMode.GRADIENTS, 1));
    RunSettings s = TrainFixture.settings(training);
    UNet1dConfig network =
        new UNet1dConfig(LENGTH, 1, 1, 8, List.of(1, 1, 1, 2), 1, List.of(), 0.1, 2, 10, 0.1, 0);
    RunSettings settings =
        new RunSettings(
            s.schedule(),
            new DiffusionConfig(PredictionType.V, VarianceType.BETA_TILDE, true),
            network,
            s.optimizer(),
            training,
            s.data(),
            s.seed());
    return TrainJob.on(spark)
        .directory(base.resolve(name).toUri())
        .dataset(dataset)
        .settings(settings)
        .engine(new Nd4jEngine());
  }

  private static Samples sample(URI run, String name, int partitions) {
    URI to = base.resolve(name).toUri();
    SampleJob.on(spark)
        .from(run)
        .count(20)
        .to(to)
        .partitions(partitions)
        .config(DRAWING)
        .engine(new Nd4jEngine())
        .run();
    return Samples.open(CONF, to);
  }

  @Test
  void resumedAndSpreadRunsEndWithTheSameWeights() {
    TrainJob.Result whole = train("whole", 6).run();
    train("halves", 3).run();
    assertEquals(whole.weightsSha256(), train("halves", 6).run().weightsSha256());
    TrainJob.Result spread = TrainFixture.asOnCluster(train("spread", 6)).run();
    assertEquals(whole.weightsSha256(), spread.weightsSha256());
  }

  @Test
  void samplesAreWavFilesWithSpectrogramsAndNumbers() throws IOException {
    URI run = train("run", 4).run().run();
    Samples samples = sample(run, "samples", 1);
    assertEquals(new SoundMedium(RATE), samples.medium());
    List<byte[]> files = files(samples);
    assertEquals(20, files.size());
    try (Wav wav = new Wav(new ByteArrayInputStream(files.get(0)))) {
      assertEquals(RATE, wav.rate());
      assertEquals(LENGTH, wav.length());
    }
    List<byte[]> spread = files(sample(run, "spread-samples", 3));
    for (int i = 0; i < files.size(); i++) {
      assertArrayEquals(files.get(i), spread.get(i), "sample " + i);
    }
    byte[] grid = Files.readAllBytes(base.resolve("samples/grid.png"));
    ByteImage sheet = ImageCodec.decode(grid, "grid.png");
    assertEquals(3, sheet.channels());
    MeasureJob.Result measured =
        MeasureJob.on(spark).samples(base.resolve("samples").toUri()).reference(dataset).run();
    assertEquals(
        Set.of(
            "pitch-within-semitone",
            "pitch-within-semitone-of-reference",
            "log-spectral-distance",
            "log-spectral-distance-of-reference-halves"),
        measured.numbers().keySet());
    MeasureJob.Result itself = MeasureJob.on(spark).samples(dataset).reference(dataset).run();
    assertEquals(0, itself.numbers().get("log-spectral-distance"));
    assertTrue(measured.numbers().get("log-spectral-distance") > 1, measured.toString());
    ImageJobs.assertRefused(
        spark, "sounds", dataset, run, base.resolve("samples").toUri(), DRAWING, base);
    EvaluateJob.Result bound =
        EvaluateJob.on(spark)
            .from(run)
            .datasets(List.of(dataset))
            .weights("raw")
            .config(new EvaluateConfig(4, 5, 0, 4, 1))
            .to(base.resolve("bound").toUri())
            .run();
    assertTrue(Double.isFinite(bound.evaluation().sets().get(0).bound().total().mean()));
    UserException e =
        assertThrows(
            UserException.class,
            () ->
                MeasureJob.on(spark)
                    .samples(base.resolve("samples").toUri())
                    .reference(dataset)
                    .count(3)
                    .run());
    assertTrue(
        e.getMessage()
            .contains("the 3 sounds of the reference that are compared have none of class"),
        e.getMessage());
  }

  private static List<byte[]> files(Samples samples) {
    List<byte[]> files = new ArrayList<>();
    samples
        .shards()
        .forEach(shard -> samples.read(shard).forEach(sample -> files.add(sample.file())));
    return files;
  }
}
