package io.sparkddpm.train;

import io.sparkddpm.image.ImageBatch;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;

/** Mirrors half of the images, left to right; Ho et al. 2020, app. B. */
public final class RandomFlip {
  private RandomFlip() {}

  /**
   * Mirrors each image with probability ½, drawn from the stream keyed by (run seed, step, id).
   *
   * @param images [N, C, H, W]; changed
   * @param ids of the images in the dataset, length N
   * @param step zero-based
   */
  public static void apply(ImageBatch images, long[] ids, long seed, long step) {
    for (int n = 0; n < images.count(); n++) {
      if (RandomStream.of(seed, Purpose.FLIP, step, ids[n]).nextLong() < 0) {
        mirror(images, n);
      }
    }
  }

  private static void mirror(ImageBatch images, int n) {
    float[] data = images.data();
    int width = images.width();
    int end = images.offset(n) + images.imageLength();
    for (int row = images.offset(n); row < end; row += width) {
      for (int a = row, b = row + width - 1; a < b; a++, b--) {
        float swap = data[a];
        data[a] = data[b];
        data[b] = swap;
      }
    }
  }
}
