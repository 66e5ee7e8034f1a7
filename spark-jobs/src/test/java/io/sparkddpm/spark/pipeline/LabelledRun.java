package io.sparkddpm.spark.pipeline;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.engine.AveragingConfig;
import io.sparkddpm.engine.EmaConfig;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.network.ClassifierConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.CrossEntropyObjective;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.spark.data.Cifar10Source;
import io.sparkddpm.spark.data.DataConfig;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.job.TrainJob;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** A short run of a real, tiny network on shapes with labels. */
public final class LabelledRun {
  private LabelledRun() {}

  /** A tiny U-Net for images of 16 x 16. */
  public static UNetConfig network(int classes, double labelDropout) {
    return new UNetConfig(16, 3, 3, 8, List.of(1), 1, List.of(), 0, 2, classes, labelDropout, 0, 0);
  }

  private static RunSettings settings(UNetConfig network) {
    return new RunSettings(
        ScheduleConfig.DEFAULTS,
        DiffusionConfig.DEFAULTS,
        network,
        new OptimizerConfig(new LearningRate.Constant(1e-2, 0), 0.9, 0.999, 1e-8, 1.0),
        new TrainingConfig(
            8,
            12,
            2,
            new AveragingConfig.Gradients(),
            new EmaConfig.Warmup(List.of(0.9)),
            false,
            12,
            2,
            0,
            4,
            2,
            TrainingConfig.DEFAULTS.weighting(),
            new ClockConfig.Uniform(),
            ObjectiveConfig.DEFAULTS),
        DataConfig.DEFAULTS,
        3);
  }

  /** Shapes in ten classes, in shards of 20, as a dataset below a directory. */
  public static URI shard(SparkSession spark, Path dir, int count) throws IOException {
    Path images = dir.resolve("shapes.bin");
    try (OutputStream out = Files.newOutputStream(images)) {
      ShapesImages.write(out, 5, count);
    }
    List<String> names = ShapesImages.CLASS_NAMES;
    Files.writeString(dir.resolve("batches.meta.txt"), String.join("\n", names) + "\n");
    Path dataset = dir.resolve("dataset");
    ShardJob.on(spark)
        .inputs(List.of(images.toUri()))
        .output(dataset.toUri())
        .config(new ShardConfig(new Cifar10Source(), 16, ResizeFilter.AREA, 20, 0))
        .run();
    return dataset.toUri();
  }

  /** A tiny classifier of its images; twelve steps are a whole run. */
  public static TrainJob classifier(SparkSession spark, Path run, URI dataset, int steps) {
    int classes = ShapesImages.CLASS_NAMES.size();
    ClassifierConfig classifier =
        new ClassifierConfig(16, 3, classes, 8, List.of(1), 1, List.of(), 0.2, 2, 0);
    RunSettings denoiser = settings(network(classes, 0));
    RunSettings settings =
        new RunSettings(
            denoiser.schedule(),
            denoiser.diffusion(),
            classifier,
            denoiser.optimizer(),
            denoiser.training().withObjective(new CrossEntropyObjective()).withSteps(steps),
            denoiser.data(),
            denoiser.seed());
    return TrainJob.on(spark).dataset(dataset).directory(run.toUri()).settings(settings);
  }

  /** Twelve steps on it. */
  public static TrainJob job(SparkSession spark, Path run, URI dataset, UNetConfig network) {
    return TrainJob.on(spark).dataset(dataset).directory(run.toUri()).settings(settings(network));
  }
}
