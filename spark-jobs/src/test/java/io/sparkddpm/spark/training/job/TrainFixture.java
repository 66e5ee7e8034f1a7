package io.sparkddpm.spark.training.job;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.engine.AveragingConfig;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.AveragingPeriod;
import io.sparkddpm.engine.EmaConfig;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.spark.data.DataConfig;
import io.sparkddpm.spark.executor.TinyModel;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.checkpoint.MetricsLog;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.package$;
import org.apache.spark.sql.SparkSession;

/** What tests of training share: a tiny network on tiny images. */
public final class TrainFixture {
  public static final Configuration CONF = new Configuration();
  public static final InputRef DATASET = new InputRef("memory:images", "f".repeat(64));
  public static final int IMAGES = 37;
  public static final int SIZE = 4;

  private TrainFixture() {}

  public static TrainingConfig training(int batch, long steps, int workers, int every) {
    return training(batch, steps, workers, every, AveragingMode.PARAMETERS);
  }

  public static TrainingConfig training(
      int batch, long steps, int workers, int every, AveragingMode mode) {
    return training(batch, steps, workers, averaging(mode, every));
  }

  /**
   * @param every steps between two averagings; 1 for gradients
   */
  public static AveragingConfig averaging(AveragingMode mode, int every) {
    return switch (mode) {
      case PARAMETERS -> new AveragingConfig.Parameters(new AveragingPeriod.Constant(every));
      case GRADIENTS -> new AveragingConfig.Gradients();
      case STOCK -> new AveragingConfig.Stock(every);
    };
  }

  public static TrainingConfig training(
      int batch, long steps, int workers, AveragingConfig averaging) {
    return training(batch, steps, workers, averaging, ObjectiveConfig.DEFAULTS);
  }

  static TrainingConfig training(
      int batch, long steps, int workers, AveragingConfig averaging, ObjectiveConfig objective) {
    return new TrainingConfig(
        batch,
        steps,
        workers,
        averaging,
        new EmaConfig.Constant(List.of(0.9, 0.99)),
        true,
        6,
        2,
        0,
        4,
        4,
        new ConstantWeighting(),
        new ClockConfig.Uniform(),
        objective);
  }

  /** The same with a sample grid every so many steps, without weighting and with an even clock. */
  public static TrainingConfig watched(TrainingConfig t, int sampleEvery) {
    return new TrainingConfig(
        t.batchSize(),
        t.steps(),
        t.workers(),
        t.averaging(),
        t.ema(),
        t.flip(),
        t.checkpointEvery(),
        t.keepCheckpoints(),
        sampleEvery,
        t.sampleCount(),
        t.metricsEvery(),
        new ConstantWeighting(),
        new ClockConfig.Uniform(),
        ObjectiveConfig.DEFAULTS);
  }

  public static RunSettings settings(TrainingConfig training) {
    return settings(
        training, new OptimizerConfig(new LearningRate.Constant(1e-2, 5), 0.9, 0.999, 1e-8, 1.0));
  }

  public static RunSettings settings(TrainingConfig training, OptimizerConfig optimizer) {
    return new RunSettings(
        new LinearSchedule(100, 1e-3, 0.2),
        DiffusionConfig.DEFAULTS,
        new UNetConfig(SIZE, 1, 1, 32, List.of(1), 1, List.of(), 0),
        optimizer,
        training,
        DataConfig.DEFAULTS,
        17);
  }

  public static SparkSession spark(String master) {
    return builder(master).getOrCreate();
  }

  /** So many tasks at a time, each of so many threads. */
  public static SparkSession spark(int tasks, int threads) {
    return builder("local[" + tasks * threads + "]")
        .config("spark.task.cpus", threads)
        .getOrCreate();
  }

  private static SparkSession.Builder builder(String master) {
    return SparkSession.builder()
        .master(master)
        .appName("test")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1");
  }

  public static TrainJob job(SparkSession spark, Path run, RunSettings settings) {
    return job(spark, run, settings, RandomImages.Fault.NONE);
  }

  public static TrainJob job(
      SparkSession spark, Path run, RunSettings settings, RandomImages.Fault fault) {
    return TrainJob.on(spark)
        .directory(uri(run))
        .settings(settings)
        .engine(engine())
        .source(new RandomImages(IMAGES, SIZE, fault), DATASET);
  }

  /** What all of them compute with. */
  public static EngineFactory engine() {
    return new TinyModel.Factory();
  }

  /** Ends a test that is of the library dl4j-spark where there is none. */
  static void assumeDl4jSpark() {
    assumeTrue(package$.MODULE$.SPARK_VERSION().startsWith("3."), "dl4j-spark is for Spark 3.5");
  }

  /** Has a job in local mode send everything through Spark. */
  public static TrainJob asOnCluster(TrainJob job) {
    return job.asOnCluster();
  }

  public static URI uri(Path path) {
    return path.toUri();
  }

  public static Checkpoint last(Path run) {
    return Checkpoints.latestWhole(CONF, uri(run)).orElseThrow();
  }

  /** The metrics of a run, without the times. */
  public static List<String> metrics(Path run) {
    return MetricsLog.read(CONF, uri(run)).stream().map(TrainFixture::timeless).toList();
  }

  private static String timeless(TrainingMetrics m) {
    return new TrainingMetrics(
            m.step(),
            m.loss(),
            m.lossByQuarter(),
            m.meanErrorByQuarter(),
            m.gradientNorm(),
            m.learningRate(),
            m.examples(),
            0,
            0,
            0)
        .toJson();
  }
}
