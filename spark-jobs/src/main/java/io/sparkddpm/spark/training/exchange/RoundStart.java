package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.Moments;
import io.sparkddpm.engine.WorkerMoments;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the workers of a round start from.
 *
 * @param vectors the parameters; where all workers have the same moments, then these; asked for, on
 *     the driver, only where they are sent from there
 * @param moments what becomes of Adam's moments
 * @param own each worker's moments, where each has its own; empty: all have the same
 * @param payload what travels
 */
public record RoundStart(
    Supplier<BlockedVectors> vectors,
    Moments moments,
    Optional<WorkerMoments> own,
    Payload payload) {
  /** Of workers that compute gradients: they need no moments and have none afterwards. */
  public static RoundStart ofGradients(BlockedVectors parameters) {
    return new RoundStart(() -> parameters, Moments.AVERAGED, Optional.empty(), Payload.vectors());
  }
}
