package io.sparkddpm.spark.training;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * How a run is kept going and kept small, beside {@code training}'s own keys. No part of the run:
 * it may differ every time.
 *
 * @param checkpointMinutes a checkpoint at the end of the first round after so many minutes without
 *     one; 0: only by steps
 * @param keepEvery checkpoints whose step is a multiple of it stay for good; 0: none
 * @param keepBest whether the checkpoint with the least loss stays too
 * @param roundMinutes a round that takes longer is an error; 0: none is
 * @param executors fewer of them than this are too few, where a cluster gives them
 * @param resourceMinutes too few executors for so long are an error; 0: never
 * @param mixedHardware what is done where processes of the run compute with different last bits, or
 *     with others than before: other threads of a task, kernels, vectors, builds or processors
 */
public record MaintenanceConfig(
    double checkpointMinutes,
    long keepEvery,
    boolean keepBest,
    double roundMinutes,
    int executors,
    double resourceMinutes,
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
