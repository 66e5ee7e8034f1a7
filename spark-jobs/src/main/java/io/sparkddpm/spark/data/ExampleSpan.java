package io.sparkddpm.spark.data;

import io.sparkddpm.image.Pixels;
import io.sparkddpm.tensor.Batch;

/**
 * Consecutive examples of the order.
 *
 * @param channels of every image
 * @param height of every image
 * @param width of every image
 * @param ids of the images in the dataset
 * @param labels from 0
 * @param pixels unsigned bytes, [N, C, H, W]
 */
public record ExampleSpan(
    int channels, int height, int width, long[] ids, int[] labels, byte[] pixels) {
  /** Number of examples. */
  public int size() {
    return ids.length;
  }

  /** The images, [-1, 1]. */
  public Batch toBatch() {
    Batch batch = new Batch(size(), channels, height, width);
    Pixels.toFloats(pixels, 0, batch.data(), 0, pixels.length);
    return batch;
  }

  /**
   * The images, [-1, 1], those mirrored whose coin says so.
   *
   * @param step global training step, from 0
   */
  public Batch toFlippedBatch(long runSeed, long step) {
    Batch batch = toBatch();
    for (int i = 0; i < size(); i++) {
      if (Pixels.isFlipped(runSeed, step, ids[i])) {
        Pixels.flipHorizontally(batch, i);
      }
    }
    return batch;
  }
}
