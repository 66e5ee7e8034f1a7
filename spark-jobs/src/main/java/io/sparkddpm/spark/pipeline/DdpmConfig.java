package io.sparkddpm.spark.pipeline;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.config.Key;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.engine.EngineConfig;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.Engines;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.Precision;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.data.DataConfig;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.evaluation.EvaluateConfig;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.sampling.EncodeConfig;
import io.sparkddpm.spark.tracking.MlflowConfig;
import io.sparkddpm.spark.training.MaintenanceConfig;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.statistics.inception.InceptionEngine;
import java.util.Map;
import java.util.SortedMap;

/**
 * The whole configuration, one section for each part of the system. Its defaults are the paper's
 * recipe for CIFAR-10.
 */
public record DdpmConfig(
    @Key("initial weights, data order, timesteps, noise, dropout and flips of a run") long seed,
    @Key(
            "what computes the network, wherever it is trained or sampled from, and takes features"
                + " (engines.md)")
        EngineConfig engine,
    @Key("images become a dataset") ShardConfig shard,
    @Key("how training reads a dataset") DataConfig data,
    @Key("the noise schedule") ScheduleConfig schedule,
    @Key("how the network's output is read and samples are drawn from it")
        DiffusionConfig diffusion,
    @Key(value = "the network", absent = "unet") NetworkConfig model,
    @Key("Adam with linear warm-up and a clip of the gradient") OptimizerConfig optimizer,
    @Key("how a run trains (training.md, averaging.md)") TrainingConfig training,
    @Key(
            value =
                "how a run is kept going and kept small; may differ every time (checkpoints.md)",
            aliases = "upkeep")
        MaintenanceConfig maintenance,
    @Key("whether and where training reports to an MLflow server (guide/curves.md)")
        MlflowConfig mlflow,
    @Key("how images are drawn from a trained network") SampleConfig sample,
    @Key("images become noise along the probability-flow ODE (sampling.md)") EncodeConfig encode,
    @Key("distances and scores (fid.md)") FidConfig fid,
    @Key("the variational bound, in bits per dimension (evaluation.md)") EvaluateConfig evaluate,
    @Key("settings that are compared (evaluation.md)") AblateConfig ablate,
    @Key("what the pipeline does beyond what its stages are set to (nightly.md)")
        PipelineConfig pipeline,
    @Key("what one night of a pipeline that runs every night does (nightly.md)")
        NightlyConfig nightly,
    @Key("what the demo draws for itself") DemoConfig demo) {
  /** Ho et al. 2020, CIFAR-10. */
  public static final DdpmConfig DEFAULTS =
      new DdpmConfig(
          RunSettings.DEFAULTS.seed(),
          EngineConfig.DEFAULTS,
          ShardConfig.DEFAULTS,
          DataConfig.DEFAULTS,
          ScheduleConfig.DEFAULTS,
          DiffusionConfig.DEFAULTS,
          UNetConfig.DEFAULTS,
          OptimizerConfig.DEFAULTS,
          TrainingConfig.DEFAULTS,
          MaintenanceConfig.DEFAULTS,
          MlflowConfig.DEFAULTS,
          SampleConfig.DEFAULTS,
          EncodeConfig.DEFAULTS,
          FidConfig.DEFAULTS,
          EvaluateConfig.DEFAULTS,
          AblateConfig.DEFAULTS,
          PipelineConfig.DEFAULTS,
          NightlyConfig.DEFAULTS,
          DemoConfig.DEFAULTS);

  /** Gives the network the output channels that head and variance need. */
  public DdpmConfig {
    model = training.objective().network(diffusion, model);
  }

  /** The same with another number of training steps. */
  public DdpmConfig withTrainingSteps(long steps) {
    return new DdpmConfig(
        seed,
        engine,
        shard,
        data,
        schedule,
        diffusion,
        model,
        optimizer,
        training.withSteps(steps),
        maintenance,
        mlflow,
        sample,
        encode,
        fid,
        evaluate,
        ablate,
        pipeline,
        nightly,
        demo);
  }

  /**
   * What computes.
   *
   * @throws io.sparkddpm.error.UserException if it is not on the class path
   */
  public EngineFactory engineFactory() {
    return Engines.of(engine);
  }

  /**
   * What takes features.
   *
   * @throws io.sparkddpm.error.UserException if it is not on the class path
   */
  public InceptionEngine inceptionEngine() {
    return Engines.inception(engine);
  }

  /**
   * Refuses what cannot draw and take features in the same tasks: TF32 is a setting of the whole
   * process.
   *
   * @throws UserException saying what to do instead
   */
  public void checkDrawsAndMeasuresAtOnce() {
    if (engine instanceof TorchConfig torch && torch.precision() == Precision.TF32) {
      throw new UserException(
          "engine.precision=tf32 would reach the features too, which are taken in float32: draw"
              + " with 'sample --output' and measure with 'fid', or take another precision");
    }
  }

  /**
   * The keys that an artefact holds, by their present names.
   *
   * @param origin the artefact, for messages
   * @throws UserException naming every key that is unknown or refused
   */
  static SortedMap<String, String> presentKeys(String origin, Map<String, String> settings) {
    ConfigBinder.Bound<DdpmConfig> bound =
        ConfigBinder.resolve(DEFAULTS, ConfigLayer.values(origin, settings));
    return keysSet(bound);
  }

  /** The keys that were set, not left at their defaults, with their values. */
  public static SortedMap<String, String> keysSet(ConfigBinder.Bound<DdpmConfig> bound) {
    SortedMap<String, String> set = ConfigText.flatten(bound.value());
    set.keySet().retainAll(bound.sources().keySet());
    return set;
  }

  /**
   * What decides a run's numbers.
   *
   * @throws UserException if variance, objective and network do not go together
   */
  public RunSettings runSettings() {
    return runSettings(training.objective());
  }

  /**
   * The same with another objective.
   *
   * @throws UserException if training, variance, objective and network do not go together
   */
  RunSettings runSettings(ObjectiveConfig objective) {
    try {
      TrainingConfig own =
          objective.equals(training.objective()) ? training : training.withObjective(objective);
      return new RunSettings(schedule, diffusion, model, optimizer, own, data, seed);
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "configuration: %s", e.getMessage());
    }
  }
}
