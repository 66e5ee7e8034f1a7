package io.sparkddpm.image;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Arrays;

/** Antialiased resizing, separable, in double with one rounding at the end. */
public final class Resize {
  private Resize() {}

  /** The image at exactly that size. */
  public static ByteImage to(ByteImage image, int height, int width, ResizeFilter filter) {
    checkArgument(height > 0 && width > 0, "cannot resize to [%s, %s]", height, width);
    if (height == image.height() && width == image.width()) {
      return image;
    }
    int channels = image.channels();
    double[] rows = alongWidth(image, width, filter);
    byte[] out = new byte[Math.multiplyExact(channels, Math.multiplyExact(height, width))];
    double[] weights = new double[ResizeFilter.maxWeights(image.height(), height)];
    double[] line = new double[width];
    int[] count = new int[1];
    for (int y = 0; y < height; y++) {
      int first = filter.weights(y, image.height(), height, weights, count);
      for (int c = 0; c < channels; c++) {
        Arrays.fill(line, 0);
        for (int k = 0; k < count[0]; k++) {
          int at = (c * image.height() + first + k) * width;
          for (int x = 0; x < width; x++) {
            line[x] += weights[k] * rows[at + x];
          }
        }
        int at = (c * height + y) * width;
        for (int x = 0; x < width; x++) {
          out[at + x] = (byte) Math.max(0, Math.min(255, Math.round(line[x])));
        }
      }
    }
    return new ByteImage(out, channels, height, width);
  }

  private static double[] alongWidth(ByteImage image, int width, ResizeFilter filter) {
    int lines = image.channels() * image.height();
    double[] out = new double[Math.multiplyExact(lines, width)];
    double[] weights = new double[ResizeFilter.maxWeights(image.width(), width)];
    int[] count = new int[1];
    byte[] data = image.data();
    for (int x = 0; x < width; x++) {
      int first = filter.weights(x, image.width(), width, weights, count);
      for (int line = 0; line < lines; line++) {
        int at = line * image.width() + first;
        double sum = 0;
        for (int k = 0; k < count[0]; k++) {
          sum += weights[k] * (data[at + k] & 0xFF);
        }
        out[line * width + x] = sum;
      }
    }
    return out;
  }

  /**
   * The short side brought to {@code size}, the long one in proportion, then the middle square: [C,
   * size, size].
   */
  public static ByteImage toSquare(ByteImage image, int size, ResizeFilter filter) {
    checkArgument(size > 0, "image size must be positive, got %s", size);
    int shortSide = Math.min(image.height(), image.width());
    int height = (int) Math.round((double) image.height() * size / shortSide);
    int width = (int) Math.round((double) image.width() * size / shortSide);
    ByteImage resized = to(image, height, width, filter);
    return resized.crop((height - size) / 2, (width - size) / 2, size, size);
  }
}
