package io.sparkddpm.fid;

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

  /**
   * Features of a batch of RGB images.
   *
   * @param pixels [N, H, W, 3] unsigned bytes, 0…255
   * @return for each layer its features, flat [N, D]
   */
  float[][] extract(byte[] pixels, int count, int height, int width);

  /** Frees the native memory. */
  @Override
  void close();
}
