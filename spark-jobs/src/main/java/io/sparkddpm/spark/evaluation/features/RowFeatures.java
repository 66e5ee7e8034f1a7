package io.sparkddpm.spark.evaluation.features;

import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.spark.session.TaskHeap;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Takes the features of single images on executors, over the extractor's first layer. Broadcast to
 * executors, with the network.
 */
public final class RowFeatures implements Serializable {
  private static final long serialVersionUID = 1L;

  private final ExtractorSpec spec;

  /**
   * An image file.
   *
   * @param name for messages
   */
  public record Image(String name, byte[] file) {}

  public RowFeatures(ExtractorSpec spec) {
    this.spec = spec;
  }

  /** How many features an image has. */
  public int dimension() {
    return spec.description().dimension();
  }

  /**
   * The features of some images, in their order; they do not depend on each other.
   *
   * @throws io.sparkddpm.error.UserException naming an image that cannot be decoded, is too small,
   *     or of whose features one is not finite
   */
  public List<float[]> of(List<Image> images) {
    return ExtractorPool.here()
        .use(
            spec.key(),
            () -> spec,
            extractor -> {
              long heap = TaskHeap.bytes();
              List<float[]> all = new ArrayList<>();
              FeatureBatches batches =
                  new FeatureBatches(
                      extractor, heap / 4, (features, labels) -> cut(features[0], all));
              ImageDecoder decoder = new ImageDecoder(heap / 2);
              images.forEach(i -> batches.add(i.name(), 0, decoder.decode(i.file(), i.name())));
              batches.flush();
              return all;
            });
  }

  private void cut(float[] flat, List<float[]> into) {
    for (int from = 0; from < flat.length; from += dimension()) {
      into.add(Arrays.copyOfRange(flat, from, from + dimension()));
    }
  }
}
