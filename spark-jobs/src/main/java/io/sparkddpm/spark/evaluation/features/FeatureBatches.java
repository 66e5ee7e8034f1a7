package io.sparkddpm.spark.evaluation.features;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.statistics.FeatureExtractor;
import io.sparkddpm.statistics.RgbImage;
import java.util.ArrayList;
import java.util.List;

/** Gathers images into batches and takes their features. For one thread. */
final class FeatureBatches {
  private final FeatureExtractor extractor;
  private final long mostBytes;
  private final Sink sink;
  private final List<String> names = new ArrayList<>();
  private final List<Integer> labels = new ArrayList<>();
  private final List<RgbImage> images = new ArrayList<>();
  private long bytes;

  /** Where features go, in the order of the images. */
  interface Sink {
    /**
     * Takes the features of some images.
     *
     * @param features for each layer flat [count, D], all finite
     * @param labels of the images
     */
    void accept(float[][] features, List<Integer> labels);
  }

  /**
   * @param mostBytes of pixels that are held; a batch of larger images is taken before it is full,
   *     on which no feature depends
   */
  FeatureBatches(FeatureExtractor extractor, long mostBytes, Sink sink) {
    this.extractor = extractor;
    this.mostBytes = mostBytes;
    this.sink = sink;
  }

  /**
   * Adds an image, grey or RGB, of any size.
   *
   * @param name for messages
   * @throws UserException naming an image that is too small, or of whose features one is not finite
   */
  void add(String name, int label, ByteImage image) {
    int smallest = extractor.smallestSide();
    if (image.height() < smallest || image.width() < smallest) {
      throw new UserException(
          "%s: images must be at least %dx%d, got %dx%d",
          name, smallest, smallest, image.height(), image.width());
    }
    RgbImage pixels = interleave(image.toRgb());
    bytes += pixels.pixels().length;
    images.add(pixels);
    names.add(name);
    labels.add(label);
    if (names.size() == extractor.preferredBatch() || bytes > mostBytes) {
      flush();
    }
  }

  /** [C, H, W] to [H, W, C]. */
  private static RgbImage interleave(ByteImage image) {
    byte[] planes = image.data();
    int area = image.height() * image.width();
    byte[] pixels = new byte[3 * area];
    for (int c = 0; c < 3; c++) {
      for (int p = 0; p < area; p++) {
        pixels[3 * p + c] = planes[c * area + p];
      }
    }
    return new RgbImage(pixels, image.height(), image.width());
  }

  /** Takes the features of what is left. */
  void flush() {
    if (names.isEmpty()) {
      return;
    }
    float[][] features = extractor.extract(images);
    for (int layer = 0; layer < features.length; layer++) {
      checkFinite(features[layer], extractor.layers().get(layer).dimension());
    }
    sink.accept(features, List.copyOf(labels));
    images.clear();
    bytes = 0;
    names.clear();
    labels.clear();
  }

  private void checkFinite(float[] features, int dimension) {
    for (int i = 0; i < features.length; i++) {
      if (!Float.isFinite(features[i])) {
        throw new UserException(
            "%s: feature %d is %s; is the network's file damaged?",
            names.get(i / dimension), i % dimension, features[i]);
      }
    }
  }
}
