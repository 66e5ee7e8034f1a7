package io.sparkddpm.spark.training;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.config.Key;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.BoundWeighting;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.spark.data.DataConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;

/** Everything that decides a run's numbers, but for its dataset. */
public record RunSettings(
    ScheduleConfig schedule,
    DiffusionConfig diffusion,
    @Key(value = "the network", absent = "unet") NetworkConfig model,
    OptimizerConfig optimizer,
    TrainingConfig training,
    DataConfig data,
    @Key("of the run: initial weights, data order, timesteps, noise, dropout, flips") long seed) {
  /** The paper's CIFAR-10 model, seed 0. */
  public static final RunSettings DEFAULTS =
      new RunSettings(
          ScheduleConfig.DEFAULTS,
          DiffusionConfig.DEFAULTS,
          UNetConfig.DEFAULTS,
          OptimizerConfig.DEFAULTS,
          TrainingConfig.DEFAULTS,
          DataConfig.DEFAULTS,
          0);

  private static final String VARIANCE = "diffusion.variance";

  /**
   * How many steps a run takes, how fast, what it writes on the way, and how samples are drawn from
   * it: may change on resumption.
   */
  private static final Set<String> FREE =
      Set.of(
          VARIANCE,
          "diffusion.clip-x0",
          "training.steps",
          "training.checkpoint-every",
          "training.keep-checkpoints",
          "training.sample-every",
          "training.sample-count",
          "training.metrics-every",
          "data.cache-megabytes");

  /**
   * Gives the network the output channels that head and variance need.
   *
   * @throws IllegalArgumentException if schedule, variance, objective and network do not go
   *     together
   */
  public RunSettings {
    Objects.requireNonNull(schedule);
    Objects.requireNonNull(diffusion);
    Objects.requireNonNull(model);
    Objects.requireNonNull(optimizer);
    Objects.requireNonNull(training);
    Objects.requireNonNull(data);
    checkArgument(
        training.objective().isOfTokens() == diffusion.noise().tokenNoise().isPresent(),
        "training.objective=tokens goes with diffusion.noise uniform or absorbing, other objectives"
            + " with gaussian; got %s and %s",
        ConfigBinder.type(training.objective()),
        ConfigBinder.type(diffusion.noise()));
    training.objective().check(diffusion);
    diffusion.noise().checkSchedule(schedule);
    model = training.objective().network(diffusion, model);
    training.objective().checkNetwork(diffusion, model);
    checkArgument(
        model.timesteps() == 0 || model.timesteps() == schedule.steps(),
        "the network has vectors for %s timesteps, but schedule.steps is %s: set both to one"
            + " number",
        model.timesteps(),
        schedule.steps());
  }

  /** The same for another network. */
  public RunSettings withModel(NetworkConfig other) {
    return new RunSettings(schedule, diffusion, other, optimizer, training, data, seed);
  }

  /** The same, trained in another way. */
  public RunSettings withTraining(TrainingConfig other) {
    return new RunSettings(schedule, diffusion, model, optimizer, other, data, seed);
  }

  /** What draws the timesteps, as of step 0. */
  public Clock clock() {
    return training
        .objective()
        .clock(training.clock(), NoiseSchedule.of(schedule), training.batchSize());
  }

  /** Keys with their values, as a manifest keeps them. */
  public SortedMap<String, String> toMap() {
    return ConfigText.recorded(this);
  }

  /** Every key with its value, by the names that people know. */
  public SortedMap<String, String> keys() {
    return ConfigText.flatten(this);
  }

  /**
   * Reads {@link #toMap} back.
   *
   * @param origin the file that holds the values, for messages
   * @throws io.sparkddpm.error.UserException naming every key that is unknown or refused
   */
  public static RunSettings fromMap(String origin, Map<String, String> values) {
    return ConfigBinder.bind(DEFAULTS, ConfigLayer.values(origin, values));
  }

  /**
   * Why a run that began with {@code before} cannot resume with these settings: a line for each key
   * that differs and may not.
   */
  public List<String> conflictsWith(RunSettings before) {
    SortedMap<String, String> old = before.keys();
    SortedMap<String, String> now = keys();
    return keysThatDiffer(before).stream()
        .map(key -> key + " was " + old.get(key) + ", is now " + now.get(key))
        .toList();
  }

  private boolean isFree(String key) {
    boolean isInLoss =
        key.equals(VARIANCE)
            && (training.weighting() instanceof BoundWeighting
                || training.objective().usesVariance());
    return FREE.contains(key) && !isInLoss;
  }

  /**
   * Keys, of those that decide a run's numbers, whose values are not the same. Of two types of a
   * choice only the type differs, not the keys that one of them has.
   */
  public List<String> keysThatDiffer(RunSettings other) {
    SortedMap<String, String> others = other.keys();
    List<String> keys = new ArrayList<>();
    keys()
        .forEach(
            (key, value) -> {
              if (!isFree(key) && !value.equals(others.getOrDefault(key, value))) {
                keys.add(key);
              }
            });
    return keys;
  }
}
