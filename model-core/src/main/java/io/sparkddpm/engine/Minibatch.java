package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;

/**
 * A worker's share of one step, before noise.
 *
 * @param step zero-based
 * @param first place of its first image within the step's batch, over all workers
 * @param images x0 [N, C, H, W] in [-1, 1], mirrored where the draw says so
 * @param condition labels and context of the images; none where the dataset has none
 * @param ids of the images in the dataset, length N; of one that the step's batch has had before, a
 *     key in the place of its id
 */
public record Minibatch(long step, int first, Batch images, Condition condition, long[] ids) {
  /** Checks the lengths. */
  public Minibatch {
    checkArgument(
        ids.length == images.count() && condition.count() == images.count(),
        "%s images with %s ids and %s conditions",
        images.count(),
        ids.length,
        condition.count());
  }
}
