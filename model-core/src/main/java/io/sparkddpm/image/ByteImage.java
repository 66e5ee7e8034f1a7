package io.sparkddpm.image;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Arrays;

/**
 * One 8-bit image, [C, H, W], values 0 to 255 as unsigned bytes. The array is shared, not copied:
 * whoever hands it over no longer writes to it.
 */
public final class ByteImage {
  private final byte[] data;
  private final int channels;
  private final int height;
  private final int width;

  /**
   * @throws IllegalArgumentException if {@code data} does not hold channels·height·width values
   */
  public ByteImage(byte[] data, int channels, int height, int width) {
    checkArgument(
        channels > 0 && height > 0 && width > 0 && data.length == (long) channels * height * width,
        "an image of shape [%d, %d, %d] does not fit %d values",
        channels,
        height,
        width,
        data.length);
    this.data = data;
    this.channels = channels;
    this.height = height;
    this.width = width;
  }

  /** The values, [C, H, W]; to be read only. */
  public byte[] data() {
    return data;
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

  /** A value, 0 to 255. */
  public int get(int channel, int y, int x) {
    return data[(channel * height + y) * width + x] & 0xFF;
  }

  /** The same picture with three equal channels, if it has one; itself, if it has three. */
  public ByteImage toRgb() {
    if (channels == 3) {
      return this;
    }
    checkArgument(channels == 1, "%s channels are neither grey nor RGB", channels);
    byte[] rgb = new byte[Math.multiplyExact(3, data.length)];
    for (int c = 0; c < 3; c++) {
      System.arraycopy(data, 0, rgb, c * data.length, data.length);
    }
    return new ByteImage(rgb, 3, height, width);
  }

  /** The rectangle of that size whose top left corner is (left, top). */
  public ByteImage crop(int top, int left, int newHeight, int newWidth) {
    checkArgument(
        top >= 0
            && left >= 0
            && newHeight > 0
            && newWidth > 0
            && top + newHeight <= height
            && left + newWidth <= width,
        "crop [%d+%d, %d+%d] reaches outside [%d, %d]",
        top,
        newHeight,
        left,
        newWidth,
        height,
        width);
    byte[] out = new byte[channels * newHeight * newWidth];
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < newHeight; y++) {
        int from = (c * height + top + y) * width + left;
        System.arraycopy(data, from, out, (c * newHeight + y) * newWidth, newWidth);
      }
    }
    return new ByteImage(out, channels, newHeight, newWidth);
  }

  /** Each pixel as a square of {@code factor}·{@code factor} pixels, to look at small images. */
  public ByteImage magnify(int factor) {
    checkArgument(factor >= 1, "magnification must be at least 1, got %s", factor);
    int h = Math.multiplyExact(height, factor);
    int w = Math.multiplyExact(width, factor);
    byte[] out = new byte[Math.multiplyExact(channels, Math.multiplyExact(h, w))];
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
          out[(c * h + y) * w + x] = data[(c * height + y / factor) * width + x / factor];
        }
      }
    }
    return new ByteImage(out, channels, h, w);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof ByteImage other
        && channels == other.channels
        && height == other.height
        && width == other.width
        && Arrays.equals(data, other.data);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(data) * 31 + width;
  }

  @Override
  public String toString() {
    return "ByteImage[" + channels + ", " + height + ", " + width + "]";
  }
}
