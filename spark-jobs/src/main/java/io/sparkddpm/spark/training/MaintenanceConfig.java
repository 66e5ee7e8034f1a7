package io.sparkddpm.spark.training;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;

/**
 * How a run is kept going and kept small, beside {@code training}'s own keys. No part of the run:
 * it may differ every time.
 */
public record MaintenanceConfig(
    @Key(
            value =
                "a checkpoint at the end of the first round after so many minutes without one; 0:"
                    + " by steps only",
            range = "[0, inf)")
        double checkpointMinutes,
    @Key(
            value = "checkpoints whose step is a multiple of it stay for good; 0: none",
            range = "[0, inf)")
        long keepEvery,
    @Key("whether the checkpoint with the least loss stays too") boolean keepBest,
    @Key(value = "a round that takes longer is an error; 0: never", range = "[0, inf)")
        double roundMinutes,
    @Key(
            value = "fewer of them than this are too few, where a cluster gives them",
            range = "[1, inf)")
        int executors,
    @Key(value = "too few executors for so long are an error; 0: never", range = "[0, inf)")
        double resourceMinutes,
    @Key(
            "whether processes of the run that compute with different last bits, or with others"
                + " than before, are refused or taken with a warning")
        MixedHardware mixedHardware) {
  /** A round may take half a day; a cluster without an executor is given a quarter of an hour. */
  public static final MaintenanceConfig DEFAULTS =
      new MaintenanceConfig(0, 0, false, 720, 1, 15, MixedHardware.REFUSE);

  public MaintenanceConfig {
    checkArgument(
        checkpointMinutes >= 0,
        "checkpoint-minutes must not be negative, got %s",
        checkpointMinutes);
    checkArgument(keepEvery >= 0, "keep-every must not be negative, got %s", keepEvery);
    checkArgument(roundMinutes >= 0, "round-minutes must not be negative, got %s", roundMinutes);
    checkArgument(executors >= 1, "executors must be at least 1, got %s", executors);
    checkArgument(
        resourceMinutes >= 0, "resource-minutes must not be negative, got %s", resourceMinutes);
  }
}
