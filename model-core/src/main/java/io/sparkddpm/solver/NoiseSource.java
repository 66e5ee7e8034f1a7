package io.sparkddpm.solver;

/**
 * Gives standard normal noise for the images of one batch. An image's first draw is its x_T, the
 * following ones its z, step by step. One thread at a time.
 */
@FunctionalInterface
public interface NoiseSource {
  /**
   * Draws the next noise of an image.
   *
   * @param image place of the image in the batch
   * @param destination receives {@code length} values from {@code offset} on
   */
  void fill(int image, float[] destination, int offset, int length);
}
