package io.sparkddpm.spark.latent;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.network.AutoencoderConfig;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.objective.ReconstructionObjective;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.job.TrainJob;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Runs of a tiny autoencoder and of a diffusion model on its latents, by the true engine. */
final class TinyAutoencoder {
  static final int SIZE = 8;
  static final UNetConfig OF_LATENTS =
      new UNetConfig(4, 2, 2, 8, List.of(1), 1, List.of(), 0, null, 0, 0, 0, 0);

  private TinyAutoencoder() {}

  /** Latents of 2×4×4. */
  static AutoencoderConfig network(double scale) {
    return new AutoencoderConfig(SIZE, 3, 2, 4, List.of(1, 2), 1, true, true, 2, scale);
  }

  static RunSettings settings(
      NetworkConfig network, ObjectiveConfig objective, boolean clip, long steps, int workers) {
    TrainingConfig training =
        TrainFixture.training(
            4, steps, workers, TrainFixture.averaging(AveragingMode.GRADIENTS, 1));
    RunSettings s = TrainFixture.settings(training);
    return new RunSettings(
        s.schedule(),
        new DiffusionConfig(PredictionType.V, VarianceType.BETA_TILDE, clip),
        network,
        s.optimizer(),
        training.withObjective(objective),
        s.data(),
        s.seed());
  }

  static TrainJob job(SparkSession spark, Path dir, URI dataset, RunSettings settings) {
    return TrainJob.on(spark)
        .directory(dir.toUri())
        .dataset(dataset)
        .settings(settings)
        .engine(new Nd4jEngine());
  }

  /** A run of the autoencoder. */
  static URI train(SparkSession spark, Path dir, URI dataset, double scale) {
    RunSettings settings = settings(network(scale), ReconstructionObjective.DEFAULTS, true, 6, 2);
    return job(spark, dir, dataset, settings).run().run();
  }
}
