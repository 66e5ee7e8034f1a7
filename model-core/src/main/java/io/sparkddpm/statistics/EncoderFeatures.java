package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.List;

/**
 * Features by a user's {@link Encoder}: images are resized to its size. Every pass runs a whole
 * batch, filled up with leftovers of the last one, so that an image's features have the same bits
 * in any batch. One thread at a time.
 */
public final class EncoderFeatures implements FeatureExtractor {
  private final Encoder encoder;
  private final ExtractorIdentity identity;
  private final FeatureLayer layer;
  private final int side;
  private final int batch;
  private final ResizeMode mode;
  private final InputResizes resizes;
  private final float[] images;
  private final float[] image;

  /**
   * @param encoder not closed with this
   * @param identity with its file's hash
   * @param layer its output
   * @param side of the images that it takes
   * @param batch images in one pass
   */
  public EncoderFeatures(
      Encoder encoder,
      ExtractorIdentity identity,
      FeatureLayer layer,
      int side,
      int batch,
      ResizeMode mode) {
    checkArgument(side >= 1 && batch >= 1, "side %s, batch %s", side, batch);
    this.encoder = encoder;
    this.identity = identity;
    this.layer = layer;
    this.side = side;
    this.batch = batch;
    this.mode = mode;
    this.resizes = new InputResizes(mode, side);
    this.image = new float[3 * side * side];
    this.images = new float[Math.multiplyExact(batch, image.length)];
  }

  /** Values of a vector, found by running the network once. */
  public static int dimension(Encoder encoder, int side, int batch) {
    return encoder.run(new float[batch * 3 * side * side], batch, side).length / batch;
  }

  @Override
  public ExtractorIdentity identity() {
    return identity;
  }

  @Override
  public List<FeatureLayer> layers() {
    return List.of(layer);
  }

  @Override
  public int preferredBatch() {
    return batch;
  }

  @Override
  public int smallestSide() {
    return 1;
  }

  @Override
  public float[][] extract(List<RgbImage> some) {
    int dimension = layer.dimension();
    float[] features = new float[Math.multiplyExact(some.size(), dimension)];
    for (int from = 0; from < some.size(); from += batch) {
      int n = Math.min(batch, some.size() - from);
      for (int i = 0; i < n; i++) {
        resizes.toInput(some.get(from + i), image);
        for (int p = 0; p < image.length; p++) {
          images[i * image.length + p] = mode.share(image[p]);
        }
      }
      float[] output = encoder.run(images, batch, side);
      checkArgument(output.length == batch * dimension, "%s values", output.length);
      System.arraycopy(output, 0, features, from * dimension, n * dimension);
    }
    return new float[][] {features};
  }

  @Override
  public void close() {} // the encoder belongs to the process
}
