package io.sparkddpm.spark.train;

import io.sparkddpm.train.EngineFactory;
import io.sparkddpm.train.TrainingConfig;
import java.net.URI;
import java.nio.file.Path;
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

  /** The same, with a grid of four images every two steps. */
  public static URI trainWatched(SparkSession spark, Path dir, RunObserver observer) {
    TrainingConfig t = TrainFixture.training(4, 6, 1, 2);
    TrainingConfig watched =
        new TrainingConfig(
            t.batchSize(),
            t.steps(),
            t.workers(),
            t.averagingFrequency(),
            t.averaging(),
            t.emaRates(),
            t.emaSchedule(),
            t.flip(),
            t.checkpointEvery(),
            t.keepCheckpoints(),
            2,
            t.sampleCount(),
            t.metricsEvery());
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
