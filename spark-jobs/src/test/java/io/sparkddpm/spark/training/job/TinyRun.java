package io.sparkddpm.spark.training.job;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.spark.executor.TinyModel;
import io.sparkddpm.spark.training.MaintenanceConfig;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.monitor.RunObserver;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** A run of a tiny network, for tests of what comes after training. */
public final class TinyRun {
  /** Timesteps of its schedule. */
  public static final int TIMESTEPS = 100;

  private TinyRun() {}

  /** Trains a few steps; the averages are ema-0.9 and ema-0.99. */
  public static URI train(SparkSession spark, Path dir) {
    return TrainFixture.job(spark, dir, TrainFixture.settings(TrainFixture.training(4, 6, 1, 3)))
        .run()
        .run();
  }

  /** The same run, not begun yet, with another directory: checkpoints at steps 0 and 6. */
  public static TrainJob job(SparkSession spark, URI directory) {
    TrainingConfig t = TrainFixture.training(4, 6, 1, 3);
    return TrainFixture.job(spark, Path.of("unused"), TrainFixture.settings(t))
        .directory(directory)
        .maintenance(MaintenanceConfig.DEFAULTS);
  }

  /** The same on larger images, size × size. */
  public static URI train(SparkSession spark, Path dir, int size) {
    RunSettings s = TrainFixture.settings(TrainFixture.training(4, 12, 1, 3));
    RunSettings larger =
        new RunSettings(
            s.schedule(),
            s.diffusion(),
            new UNetConfig(size, 1, 1, 32, List.of(1), 1, List.of(), 0),
            s.optimizer(),
            s.training(),
            s.data(),
            s.seed());
    return TrainFixture.job(spark, dir, larger)
        .source(
            new RandomImages(TrainFixture.IMAGES, size, RandomImages.Fault.NONE),
            TrainFixture.DATASET)
        .run()
        .run();
  }

  /** The same on a dataset of colour images, size × size. */
  public static URI trainOn(SparkSession spark, Path dir, URI dataset, int size) {
    RunSettings s = TrainFixture.settings(TrainFixture.training(4, 6, 1, 3));
    RunSettings colour =
        new RunSettings(
            s.schedule(),
            s.diffusion(),
            new UNetConfig(size, 3, 3, 32, List.of(1), 1, List.of(), 0),
            s.optimizer(),
            s.training(),
            s.data(),
            s.seed());
    return TrainJob.on(spark)
        .dataset(dataset)
        .directory(TrainFixture.uri(dir))
        .settings(colour)
        .engine(engine())
        .run()
        .run();
  }

  /** The same, with a grid of four images every two steps. */
  public static URI trainWatched(SparkSession spark, Path dir, RunObserver observer) {
    TrainingConfig t = TrainFixture.training(4, 6, 1, 2);
    TrainingConfig watched =
        new TrainingConfig(
            t.batchSize(),
            t.steps(),
            t.workers(),
            t.averaging(),
            t.ema(),
            t.flip(),
            t.checkpointEvery(),
            t.keepCheckpoints(),
            2,
            t.sampleCount(),
            t.metricsEvery(),
            new ConstantWeighting(),
            new ClockConfig.Uniform(),
            ObjectiveConfig.DEFAULTS);
    return TrainFixture.job(spark, dir, TrainFixture.settings(watched))
        .observer(observer)
        .run()
        .run();
  }

  /** Its engine. */
  public static EngineFactory engine() {
    return new TinyModel.Factory();
  }

  /** A local session. */
  public static SparkSession spark(String master) {
    return TrainFixture.spark(master);
  }
}
