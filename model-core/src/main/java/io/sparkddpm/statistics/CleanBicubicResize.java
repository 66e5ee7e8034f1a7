package io.sparkddpm.statistics;

import java.util.Arrays;

/**
 * Bicubic resizing with antialiasing as Pillow does it on single channels of floats, and so
 * clean-fid (Parmar, Zhang and Zhu 2022): Keys' kernel with a = −½ (Keys 1981), stretched by in/out
 * where an image shrinks, weights normalised, columns before rows, no rounding to bytes. The result
 * is cut to 0…255; the network's input is (v − 128)/128. Immutable, thread-safe.
 */
final class CleanBicubicResize extends OneSizeResize {
  private static final double A = -0.5;
  private static final double REACH = 2;

  private final Taps vertical;
  private final Taps horizontal;

  /**
   * What each target position is made of.
   *
   * @param first source position by target position
   * @param weights of the source positions from there on
   */
  private record Taps(int[] first, double[][] weights) {
    static Taps of(int in, int out) {
      double scale = (double) in / out;
      double stretch = Math.max(1, scale);
      double support = REACH * stretch;
      Taps taps = new Taps(new int[out], new double[out][]);
      for (int i = 0; i < out; i++) {
        double centre = (i + 0.5) * scale;
        int begin = Math.max(0, (int) (centre - support + 0.5));
        int end = Math.min(in, (int) (centre + support + 0.5));
        double[] weights = new double[end - begin];
        double sum = 0;
        for (int k = 0; k < weights.length; k++) {
          weights[k] = kernel((begin + k - centre + 0.5) / stretch);
          sum += weights[k];
        }
        for (int k = 0; k < weights.length; k++) {
          weights[k] /= sum;
        }
        taps.first[i] = begin;
        taps.weights[i] = weights;
      }
      return taps;
    }
  }

  CleanBicubicResize(int inHeight, int inWidth, int out) {
    super(inHeight, inWidth, out);
    this.vertical = Taps.of(inHeight, out);
    this.horizontal = Taps.of(inWidth, out);
  }

  private static double kernel(double position) {
    double x = Math.abs(position);
    if (x < 1) {
      return ((A + 2) * x - (A + 3)) * x * x + 1;
    }
    return x < REACH ? (((x - 5) * x + 8) * x - 4) * A : 0;
  }

  @Override
  public void toInput(byte[] pixels, int offset, float[] target) {
    float[] rows = new float[inHeight * out];
    double[] sums = new double[out];
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < inHeight; y++) {
        int row = offset + y * inWidth * 3 + c;
        for (int x = 0; x < out; x++) {
          double[] weights = horizontal.weights[x];
          int from = row + 3 * horizontal.first[x];
          double sum = 0;
          for (int k = 0; k < weights.length; k++) {
            sum += (pixels[from + 3 * k] & 0xff) * weights[k];
          }
          rows[y * out + x] = (float) sum;
        }
      }
      for (int y = 0; y < out; y++) {
        double[] weights = vertical.weights[y];
        Arrays.fill(sums, 0);
        for (int k = 0; k < weights.length; k++) {
          addRow(sums, rows, (vertical.first[y] + k) * out, weights[k]);
        }
        int to = (c * out + y) * out;
        for (int x = 0; x < out; x++) {
          float value = Math.min(255f, Math.max(0f, (float) sums[x]));
          target[to + x] = (value - 128f) * 0.0078125f;
        }
      }
    }
  }

  private static void addRow(double[] sums, float[] rows, int from, double weight) {
    for (int x = 0; x < sums.length; x++) {
      sums[x] += rows[from + x] * weight;
    }
  }
}
