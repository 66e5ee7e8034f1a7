package io.sparkddpm.spark.training.job;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.spark.data.FolderSource;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.executor.TinyModel;
import io.sparkddpm.spark.training.MaintenanceConfig;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.monitor.RunObserver;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
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

  /** A dataset of colour images, size × size, three in a shard. */
  public static URI dataset(SparkSession spark, Path dir, int count, int size) throws IOException {
    Path folder = Files.createDirectory(dir.resolve("images"));
    for (int n = 0; n < count; n++) {
      Files.write(folder.resolve(n + ".png"), ImageCodec.encodePng(image(n, size)));
    }
    URI to = dir.resolve("dataset").toUri();
    ShardJob.on(spark)
        .inputs(List.of(folder.toUri()))
        .output(to)
        .config(new ShardConfig(new FolderSource(), size, ResizeFilter.AREA, 3, 0, false))
        .run();
    return to;
  }

  /** An image of {@link #dataset}. */
  public static ByteImage image(int number, int size) {
    byte[] pixels = new byte[3 * size * size];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (40 * number + i);
    }
    return new ByteImage(pixels, 3, size, size);
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
    TrainingConfig watched = TrainFixture.watched(t, 2);
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
