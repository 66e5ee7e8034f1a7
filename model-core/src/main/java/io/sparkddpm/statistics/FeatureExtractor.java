package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Maps images to feature vectors. The features of an image depend on the image and the extractor's
 * identity alone, not on the batch it comes in. An instance owns buffers: one thread at a time.
 */
public interface FeatureExtractor extends AutoCloseable {
  /** What decides the features. */
  ExtractorIdentity identity();

  /** The layers that {@link #extract} returns, in its order; at least one. */
  List<FeatureLayer> layers();

  /** The number of images that is best given to {@link #extract} at once. */
  int preferredBatch();

  /** The smallest height and width that images may have. */
  int smallestSide();

  /**
   * Features of a batch of images, of any sizes.
   *
   * @return for each layer its features, flat [N, D]
   */
  float[][] extract(List<RgbImage> images);

  /**
   * Features of images of one size.
   *
   * @param pixels holds [N, H, W, 3] unsigned bytes, 0…255
   * @return for each layer its features, flat [N, D]
   */
  default float[][] extract(byte[] pixels, int count, int height, int width) {
    int length = Math.multiplyExact(height * width, 3);
    checkArgument(
        pixels.length >= (long) count * length,
        "%d images of %dx%dx3 do not fit %d bytes",
        count,
        height,
        width,
        pixels.length);
    List<RgbImage> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] own = Arrays.copyOfRange(pixels, i * length, (i + 1) * length);
      images.add(new RgbImage(own, height, width));
    }
    return extract(images);
  }

  /** Frees the native memory. */
  @Override
  void close();
}
