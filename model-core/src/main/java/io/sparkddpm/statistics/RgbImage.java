package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * An image as extractors take it.
 *
 * @param pixels [H, W, 3] unsigned bytes, 0…255; not copied
 */
public record RgbImage(byte[] pixels, int height, int width) {
  /** Checks the size. */
  public RgbImage {
    checkArgument(
        height >= 1 && width >= 1 && pixels.length == (long) height * width * 3,
        "%d bytes are no image of %dx%dx3",
        pixels.length,
        height,
        width);
  }
}
