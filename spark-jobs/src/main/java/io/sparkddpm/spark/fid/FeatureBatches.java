package io.sparkddpm.spark.fid;

import io.sparkddpm.error.UserException;
import io.sparkddpm.fid.FeatureExtractor;
import io.sparkddpm.image.ByteImage;
import java.util.ArrayList;
import java.util.List;

/** Gathers images of one size into batches and takes their features. For one thread. */
final class FeatureBatches {
  private final FeatureExtractor extractor;
  private final Sink sink;
  private final List<String> names = new ArrayList<>();
  private byte[] pixels = new byte[0];
  private int height;
  private int width;

  /** Where features go, in the order of the images. */
  interface Sink {
    /**
     * Takes the features of some images.
     *
     * @param features for each layer flat [count, D], all finite
     */
    void accept(float[][] features, int count);
  }

  FeatureBatches(FeatureExtractor extractor, Sink sink) {
    this.extractor = extractor;
    this.sink = sink;
  }

  /**
   * Adds an image, grey or RGB, of any size.
   *
   * @param name for messages
   * @throws UserException naming an image of whose features one is not finite
   */
  void add(String name, ByteImage image) {
    if (image.height() != height || image.width() != width) {
      flush();
      height = image.height();
      width = image.width();
      pixels = new byte[Math.multiplyExact(extractor.preferredBatch() * 3, height * width)];
    }
    interleave(image.toRgb(), names.size() * 3 * height * width);
    names.add(name);
    if (names.size() == extractor.preferredBatch()) {
      flush();
    }
  }

  /** [C, H, W] to [H, W, C]. */
  private void interleave(ByteImage image, int offset) {
    byte[] planes = image.data();
    int area = height * width;
    for (int c = 0; c < 3; c++) {
      for (int p = 0; p < area; p++) {
        pixels[offset + 3 * p + c] = planes[c * area + p];
      }
    }
  }

  /** Takes the features of what is left. */
  void flush() {
    if (names.isEmpty()) {
      return;
    }
    float[][] features;
    try {
      features = extractor.extract(pixels, names.size(), height, width);
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "%s: %s", names.get(0), e.getMessage());
    }
    for (int layer = 0; layer < features.length; layer++) {
      checkFinite(features[layer], extractor.layers().get(layer).dimension());
    }
    sink.accept(features, names.size());
    names.clear();
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
