package io.sparkddpm.image;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import java.util.List;
import java.util.Objects;

/** Between 8-bit pixels, 0 to 255, and the model's floats, [-1, 1]. */
public final class Pixels {
  private static final float[] FLOATS = new float[256];

  static {
    for (int i = 0; i < FLOATS.length; i++) {
      FLOATS[i] = (float) (i / 127.5 - 1.0);
    }
  }

  private Pixels() {}

  /** x/127.5 − 1 of an unsigned byte. */
  public static float toFloat(byte pixel) {
    return FLOATS[pixel & 0xFF];
  }

  /** {@link #toFloat(byte)} of {@code length} pixels. */
  public static void toFloats(byte[] from, int fromOffset, float[] to, int toOffset, int length) {
    Objects.checkFromIndexSize(fromOffset, length, from.length);
    Objects.checkFromIndexSize(toOffset, length, to.length);
    for (int i = 0; i < length; i++) {
      to[toOffset + i] = FLOATS[from[fromOffset + i] & 0xFF];
    }
  }

  /**
   * round((x + 1)·127.5), clamped to 0…255: the nearest pixel, {@link #toFloat} undone.
   *
   * @throws IllegalArgumentException if {@code value} is not a number
   */
  public static byte toByte(float value) {
    checkArgument(!Float.isNaN(value), "a pixel is not a number");
    long rounded = Math.round((value + 1.0) * 127.5);
    return (byte) Math.max(0, Math.min(255, rounded));
  }

  /** {@link #toByte(float)} of {@code length} values. */
  public static void toBytes(float[] from, int fromOffset, byte[] to, int toOffset, int length) {
    Objects.checkFromIndexSize(fromOffset, length, from.length);
    Objects.checkFromIndexSize(toOffset, length, to.length);
    for (int i = 0; i < length; i++) {
      to[toOffset + i] = toByte(from[fromOffset + i]);
    }
  }

  /** Image {@code index} of a batch as 8-bit pixels. */
  public static ByteImage toImage(Batch batch, int index) {
    Objects.checkIndex(index, batch.count());
    byte[] bytes = new byte[batch.itemLength()];
    toBytes(batch.data(), batch.offset(index), bytes, 0, bytes.length);
    return new ByteImage(bytes, batch.channels(), batch.height(), batch.width());
  }

  /**
   * Images of one shape as a batch.
   *
   * @throws IllegalArgumentException if there are none or their shapes differ
   */
  public static Batch toBatch(List<ByteImage> images) {
    checkArgument(!images.isEmpty(), "a batch needs at least one image");
    ByteImage first = images.get(0);
    Batch batch = new Batch(images.size(), first.channels(), first.height(), first.width());
    for (int i = 0; i < images.size(); i++) {
      ByteImage image = images.get(i);
      boolean same =
          image.channels() == first.channels()
              && image.height() == first.height()
              && image.width() == first.width();
      checkArgument(same, "image %d is %s, the first one %s", i, image, first);
      toFloats(image.data(), 0, batch.data(), batch.offset(i), batch.itemLength());
    }
    return batch;
  }

  /** Mirrors image {@code index} of a batch left to right, in place. */
  public static void flipHorizontally(Batch batch, int index) {
    Objects.checkIndex(index, batch.count());
    float[] data = batch.data();
    int width = batch.width();
    int end = batch.offset(index) + batch.itemLength();
    for (int row = batch.offset(index); row < end; row += width) {
      for (int l = row, r = row + width - 1; l < r; l++, r--) {
        float t = data[l];
        data[l] = data[r];
        data[r] = t;
      }
    }
  }

  /**
   * Whether an example is mirrored in a training step: a fair coin that depends on nothing else.
   *
   * @param step global training step, from 0
   * @param exampleId the example's id in its dataset
   */
  public static boolean isFlipped(long runSeed, long step, long exampleId) {
    return RandomStream.of(runSeed, Purpose.FLIP, step, exampleId).nextInt(2) == 1;
  }
}
