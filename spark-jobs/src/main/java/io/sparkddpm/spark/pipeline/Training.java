package io.sparkddpm.spark.pipeline;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.diffusion.ClassifierGuidance;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.sampling.GridObserver;
import io.sparkddpm.spark.tracking.MlflowObserver;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.job.TrainJob;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/** Training as commands and pipeline run it: with sample grids of denoisers on the way. */
public final class Training {
  private static final List<String> OF_NOISE =
      List.of("schedule.", "diffusion.", "training.weighting", "training.clock");

  private Training() {}

  /**
   * A job that is ready to run.
   *
   * @throws UserException if grids are to be drawn with weights that the run will not have
   */
  public static TrainJob job(SparkSession session, DdpmConfig config, URI dataset, URI run) {
    return begun(session, config, Optional.of(dataset), run);
  }

  /**
   * Refuses keys of noise and timesteps where the objective has neither.
   *
   * @param set keys that the configuration sets
   * @throws UserException naming the first one
   */
  public static void refuseIgnored(DdpmConfig config, Collection<String> set) {
    ObjectiveConfig objective = config.training().objective();
    for (String key : set) {
      if (!objective.usesNoise() && OF_NOISE.stream().anyMatch(key::startsWith)) {
        throw new UserException(
            "%s has no effect with training.objective=%s, which adds no noise: leave it out",
            key, ConfigBinder.type(objective));
      }
    }
  }

  /**
   * A job that begins a run, on a dataset or on none yet.
   *
   * @throws UserException if grids are to be drawn with weights that the run will not have
   */
  public static TrainJob begun(
      SparkSession session, DdpmConfig config, Optional<URI> dataset, URI run) {
    TrainJob job =
        TrainJob.on(session)
            .directory(run)
            .settings(config.runSettings())
            .engine(config.engineFactory())
            .maintenance(config.maintenance());
    dataset.ifPresent(job::dataset);
    report(session, config, job);
    boolean draws = DiffusionConfig.isDenoiser(config.model());
    if (draws && config.training().sampleEvery() > 0) {
      checkUnguided(config);
      checkWeights(config);
      Configuration conf = session.sparkContext().hadoopConfiguration();
      DatasetNotes notes =
          dataset.map(uri -> DatasetNotes.ofDataset(conf, uri)).orElse(DatasetNotes.NONE);
      job.observer(new GridObserver(session, config.engineFactory(), config.sample(), notes));
    }
    return job;
  }

  /**
   * Has a job report to the servers that a configuration names.
   *
   * @throws UserException if it reports to one whose address is not known
   */
  static void report(SparkSession session, DdpmConfig config, TrainJob job) {
    String application = session.sparkContext().applicationId();
    MlflowObserver.of(config.mlflow(), System.getenv(), application).ifPresent(job::observer);
  }

  private static void checkUnguided(DdpmConfig config) {
    if (config.sample().guidance() instanceof ClassifierGuidance guidance && guidance.isOn()) {
      throw new UserException(
          "no classifier guides sample grids: leave sample.guidance.type out, or set"
              + " training.sample-every=0");
    }
  }

  private static void checkWeights(DdpmConfig config) {
    List<String> names = Checkpoint.weightNames(config.training());
    String wanted = config.sample().weights();
    if (!names.contains(wanted)) {
      throw new UserException(
          "sample.weights is %s, but the run has %s: set sample.weights or training.ema (sample"
              + " grids are drawn with them), or training.sample-every=0",
          wanted, String.join(", ", names));
    }
  }
}
