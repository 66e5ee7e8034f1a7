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
    Axis rows = new Axis(image.height(), height, 0, height, filter);
    return resize(image, rows, new Axis(image.width(), width, 0, width, filter));
  }

  /**
   * The short side scaled to {@code size}, the long one in proportion, then the middle square: [C,
   * size, size]. What lies outside the square is never computed, however thin the image.
   */
  public static ByteImage toSquare(ByteImage image, int size, ResizeFilter filter) {
    checkArgument(size > 0, "image size must be positive, got %s", size);
    int shortSide = Math.min(image.height(), image.width());
    long height = Math.round((double) image.height() * size / shortSide);
    long width = Math.round((double) image.width() * size / shortSide);
    long top = (height - size) / 2;
    long left = (width - size) / 2;
    if (height == image.height() && width == image.width()) {
      boolean whole = height == size && width == size;
      return whole ? image : image.crop((int) top, (int) left, size, size);
    }
    Axis rows = new Axis(image.height(), height, top, size, filter);
    return resize(image, rows, new Axis(image.width(), width, left, size, filter));
  }

  /**
   * One axis: {@code count} of the {@code to} pixels that {@code from} pixels become, from the one
   * with index {@code first}.
   */
  private record Axis(int from, long to, long first, int count, ResizeFilter filter) {
    int most() {
      return ResizeFilter.maxWeights(from, to);
    }

    /** As {@link ResizeFilter#weights} for pixel {@code i} of those that are wanted. */
    int weights(int i, double[] weights, int[] count) {
      return filter.weights(first + i, from, to, weights, count);
    }
  }

  /** Along the width, row by row as the output needs them, then along the height. */
  private static ByteImage resize(ByteImage image, Axis rows, Axis columns) {
    int channels = image.channels();
    int width = columns.count();
    byte[] out = new byte[Math.multiplyExact(channels, Math.multiplyExact(rows.count(), width))];
    Window window = new Window(image, rows.most(), columns);
    double[] weights = new double[rows.most()];
    double[] line = new double[width];
    int[] count = new int[1];
    for (int y = 0; y < rows.count(); y++) {
      int first = rows.weights(y, weights, count);
      window.moveTo(first, count[0]);
      for (int c = 0; c < channels; c++) {
        Arrays.fill(line, 0);
        for (int k = 0; k < count[0]; k++) {
          double[] row = window.row(first + k);
          int at = c * width;
          for (int x = 0; x < width; x++) {
            line[x] += weights[k] * row[at + x];
          }
        }
        int at = (c * rows.count() + y) * width;
        for (int x = 0; x < width; x++) {
          out[at + x] = (byte) Math.max(0, Math.min(255, Math.round(line[x])));
        }
      }
    }
    return new ByteImage(out, channels, rows.count(), width);
  }

  /** The source rows that an output row needs, resized along the width: each is made once. */
  private static final class Window {
    private final ByteImage image;
    private final int width;
    private final double[][] rows;
    private final double[] weights;
    private final int[] first;
    private final int[] count;
    private int end;

    Window(ByteImage image, int most, Axis columns) {
      this.image = image;
      this.width = columns.count();
      this.rows = new double[Math.min(most, image.height())][];
      this.first = new int[width];
      this.count = new int[width];
      int stride = Math.min(columns.most(), image.width());
      this.weights = new double[Math.multiplyExact(width, stride)];
      double[] some = new double[columns.most()];
      int[] n = new int[1];
      for (int x = 0; x < width; x++) {
        first[x] = columns.weights(x, some, n);
        count[x] = n[0];
        System.arraycopy(some, 0, weights, x * stride, n[0]);
      }
    }

    /** Rows [from, from + many) can be asked for; {@code from} never decreases. */
    void moveTo(int from, int many) {
      for (int y = Math.max(end, from); y < from + many; y++) {
        rows[y % rows.length] = alongWidth(y, rows[y % rows.length]);
      }
      end = Math.max(end, from + many);
    }

    /** [channels, width]. */
    double[] row(int y) {
      return rows[y % rows.length];
    }

    private double[] alongWidth(int y, double[] reused) {
      int channels = image.channels();
      double[] out = reused == null ? new double[channels * width] : reused;
      byte[] data = image.data();
      int stride = weights.length / width;
      for (int c = 0; c < channels; c++) {
        int line = (c * image.height() + y) * image.width();
        for (int x = 0; x < width; x++) {
          int at = line + first[x];
          double sum = 0;
          for (int k = 0; k < count[x]; k++) {
            sum += weights[x * stride + k] * (data[at + k] & 0xFF);
          }
          out[c * width + x] = sum;
        }
      }
      return out;
    }
  }
}
