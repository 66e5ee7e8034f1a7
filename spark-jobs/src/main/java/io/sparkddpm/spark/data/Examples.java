package io.sparkddpm.spark.data;

import io.sparkddpm.image.ImageBatch;
import io.sparkddpm.image.Pixels;

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
public record Examples(
    int channels, int height, int width, long[] ids, int[] labels, byte[] pixels) {
  /** Number of examples. */
  public int size() {
    return ids.length;
  }

  /** The images, [-1, 1]. */
  public ImageBatch toBatch() {
    ImageBatch batch = new ImageBatch(size(), channels, height, width);
    Pixels.toFloats(pixels, 0, batch.data(), 0, pixels.length);
    return batch;
  }

  /**
   * The images, [-1, 1], those mirrored whose coin says so.
   *
   * @param step global training step, from 0
   */
  public ImageBatch toFlippedBatch(long runSeed, long step) {
    ImageBatch batch = toBatch();
    for (int i = 0; i < size(); i++) {
      if (Pixels.isFlipped(runSeed, step, ids[i])) {
        Pixels.flipHorizontally(batch, i);
      }
    }
    return batch;
  }
}
