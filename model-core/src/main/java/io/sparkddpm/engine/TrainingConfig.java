package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.LossWeighting;
import io.sparkddpm.objective.ObjectiveConfig;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * How a run trains. What is fixed by the mathematics of a run (batch, workers, averaging, rates)
 * may not change when it is resumed; how long it trains and what it writes meanwhile may.
 */
public record TrainingConfig(
    @Key(value = "examples in a step, over all logical workers", range = "[1, inf)") int batchSize,
    @Key(
            value =
                "optimiser steps of the whole run, which ends with an averaging; 0: only the"
                    + " initial checkpoint",
            range = "[0, inf)")
        long steps,
    @Key(
            value = "logical workers, whatever the number of executors; they share each batch",
            range = "[1, 65536]")
        int workers,
    @Key(value = "what is averaged, and when (averaging.md)", recordedAs = "averaging")
        AveragingConfig averaging,
    @Key(value = "which averages of the weights are kept", recordedAs = "ema-schedule")
        EmaConfig ema,
    @Key("whether images are mirrored with probability ½, each time they are seen") boolean flip,
    @Key(
            value =
                "steps between checkpoints, taken at the end of a round; the last step always has"
                    + " one",
            range = "[1, inf)")
        long checkpointEvery,
    @Key(value = "how many of the latest checkpoints stay", range = "[1, inf)") int keepCheckpoints,
    @Key(value = "steps between sample grids; 0: none", range = "[0, inf)") long sampleEvery,
    @Key(value = "images in a grid", range = "[1, 4096]") int sampleCount,
    @Key(value = "steps that one line of metrics sums up", range = "[1, inf)") int metricsEvery,
    @Key(value = "the weight w(t) of the squared error in the loss", absent = "constant")
        LossWeighting weighting,
    @Key(value = "how timesteps are drawn", absent = "uniform") ClockConfig clock,
    @Key(value = "what is minimised (training.md)", absent = "simple") ObjectiveConfig objective)
    implements Serializable {

  /** Ho et al. 2020, app. B, CIFAR-10: batch 128, 800k steps, EMA 0.9999, random flips. */
  public static final TrainingConfig DEFAULTS =
      new TrainingConfig(
          128,
          800_000,
          1,
          AveragingConfig.Parameters.DEFAULTS,
          EmaConfig.Constant.DEFAULTS,
          true,
          5_000,
          3,
          5_000,
          64,
          10,
          new ConstantWeighting(),
          new ClockConfig.Uniform(),
          ObjectiveConfig.DEFAULTS);

  /** Checks the ranges. */
  public TrainingConfig {
    Objects.requireNonNull(averaging);
    Objects.requireNonNull(ema);
    Objects.requireNonNull(weighting);
    Objects.requireNonNull(clock);
    checkArgument(batchSize >= 1, "batch-size must be at least 1, got %s", batchSize);
    checkArgument(steps >= 0, "steps must not be negative, got %s", steps);
    checkArgument(
        workers >= 1 && workers <= 65_536, "workers must be in 1 to 65536, got %s", workers);
    if (steps > 0) {
      RoundSpan last = averaging.round(steps - 1);
      checkArgument(
          last.end() == steps,
          "steps must end with an averaging: take %s or %s, got %s",
          last.first(),
          last.end(),
          steps);
    }
    checkArgument(
        checkpointEvery >= 1, "checkpoint-every must be at least 1, got %s", checkpointEvery);
    checkArgument(
        keepCheckpoints >= 1, "keep-checkpoints must be at least 1, got %s", keepCheckpoints);
    checkArgument(sampleEvery >= 0, "sample-every must not be negative, got %s", sampleEvery);
    checkArgument(
        sampleCount >= 1 && sampleCount <= 4096,
        "sample-count must be in 1 to 4096, got %s",
        sampleCount);
    checkArgument(metricsEvery >= 1, "metrics-every must be at least 1, got %s", metricsEvery);
    Objects.requireNonNull(objective);
    checkArgument(
        !averaging.modes().contains(AveragingMode.STOCK)
            || objective.equals(ObjectiveConfig.DEFAULTS),
        "averaging stock trains with objective simple alone");
    checkArgument(
        objective.equals(ObjectiveConfig.DEFAULTS) || weighting.equals(new ConstantWeighting()),
        "a weighting other than constant needs the objective simple");
  }

  /** The same with another length. */
  public TrainingConfig withSteps(long other) {
    return with(other, ema, weighting, objective);
  }

  /** The same with other averages of the weights. */
  public TrainingConfig withEma(EmaConfig other) {
    return with(steps, other, weighting, objective);
  }

  /** The same with another objective, whose squared error is not weighted. */
  public TrainingConfig withObjective(ObjectiveConfig other) {
    return with(steps, ema, new ConstantWeighting(), other);
  }

  private TrainingConfig with(
      long otherSteps,
      EmaConfig otherEma,
      LossWeighting otherWeighting,
      ObjectiveConfig otherObjective) {
    return new TrainingConfig(
        batchSize,
        otherSteps,
        workers,
        averaging,
        otherEma,
        flip,
        checkpointEvery,
        keepCheckpoints,
        sampleEvery,
        sampleCount,
        metricsEvery,
        otherWeighting,
        clock,
        otherObjective);
  }

  /** First example, within a batch, of a worker's share; for {@code worker = workers} its end. */
  public int shareStart(int worker) {
    checkArgument(worker >= 0 && worker <= workers, "no worker %s of %s", worker, workers);
    return (int) ((long) worker * batchSize / workers);
  }

  /** Examples of a worker in each step; 0 for some where there are more workers than examples. */
  public int shareSize(int worker) {
    return shareStart(worker + 1) - shareStart(worker);
  }

  /** Those who have examples, ascending. */
  public List<Integer> workersWithExamples() {
    return IntStream.range(0, workers).filter(w -> shareSize(w) > 0).boxed().toList();
  }
}
