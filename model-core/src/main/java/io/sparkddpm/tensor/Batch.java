package io.sparkddpm.tensor;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * N images of one shape as plain floats in [N, C, H, W] order; pixel values in [-1, 1] unless a
 * method says otherwise (noised images leave that range). Mutable, owned by one thread at a time.
 */
public final class Batch {
  private final float[] data;
  private final int count;
  private final int channels;
  private final int height;
  private final int width;

  /** A batch of zeros. */
  public Batch(int count, int channels, int height, int width) {
    this(
        new float[Math.multiplyExact(count, channels * height * width)],
        count,
        channels,
        height,
        width);
  }

  /**
   * Wraps {@code data}, without copying it.
   *
   * @throws IllegalArgumentException if its length is not count·channels·height·width
   */
  public Batch(float[] data, int count, int channels, int height, int width) {
    checkArgument(
        count >= 0
            && channels > 0
            && height > 0
            && width > 0
            && data.length == count * channels * height * width,
        "a batch of shape [%d, %d, %d, %d] does not fit %d values",
        count,
        channels,
        height,
        width,
        data.length);
    this.data = data;
    this.count = count;
    this.channels = channels;
    this.height = height;
    this.width = width;
  }

  /** The values themselves, [N, C, H, W]; writing to them changes the batch. */
  public float[] data() {
    return data;
  }

  public int count() {
    return count;
  }

  public int channels() {
    return channels;
  }

  public int height() {
    return height;
  }

  public int width() {
    return width;
  }

  /** Values of one image: C·H·W. */
  public int imageLength() {
    return channels * height * width;
  }

  /** Where image {@code index} begins in {@link #data()}. */
  public int offset(int index) {
    return index * imageLength();
  }

  /** Whether both batches have the same shape. */
  public boolean sameShape(Batch other) {
    return count == other.count
        && channels == other.channels
        && height == other.height
        && width == other.width;
  }

  /**
   * Checks the shape of one image.
   *
   * @param name of the batch, for the message
   * @param size height and width
   * @throws IllegalArgumentException if it is not [channels, size, size]
   */
  public void checkShape(String name, int ownChannels, int size) {
    checkArgument(
        channels == ownChannels && height == size && width == size,
        "%s must have shape [N, %s, %s, %s], got %s",
        name,
        ownChannels,
        size,
        size,
        this);
  }

  @Override
  public String toString() {
    return "ImageBatch[" + count + ", " + channels + ", " + height + ", " + width + "]";
  }
}
