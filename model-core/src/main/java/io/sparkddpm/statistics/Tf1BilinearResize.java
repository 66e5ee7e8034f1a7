package io.sparkddpm.statistics;

/**
 * Bilinear resizing as TensorFlow 1 did it by default, and so as the published FID does: source
 * position i·(in/out) without half-pixel centres or aligned corners, no antialiasing, float
 * arithmetic without rounding to bytes. The network's input is (v − 128)/128. Immutable,
 * thread-safe.
 */
final class Tf1BilinearResize extends OneSizeResize {
  private final Axis vertical;
  private final Axis horizontal;

  private record Axis(int[] low, int[] high, float[] fraction) {
    static Axis of(int in, int out) {
      float scale = (float) in / (float) out;
      Axis axis = new Axis(new int[out], new int[out], new float[out]);
      for (int i = 0; i < out; i++) {
        float source = i * scale;
        int low = (int) source;
        axis.low[i] = low;
        axis.high[i] = Math.min(low + 1, in - 1);
        axis.fraction[i] = source - low;
      }
      return axis;
    }
  }

  /** From images of inHeight × inWidth to out × out. */
  Tf1BilinearResize(int inHeight, int inWidth, int out) {
    super(inHeight, inWidth, out);
    this.vertical = Axis.of(inHeight, out);
    this.horizontal = Axis.of(inWidth, out);
  }

  @Override
  public void toInput(byte[] pixels, int offset, float[] target) {
    float[] rows = new float[inHeight * out];
    for (int c = 0; c < 3; c++) {
      // The horizontal interpolation of a source row is the same for every row that uses it.
      for (int y = 0; y < inHeight; y++) {
        int row = offset + y * inWidth * 3 + c;
        for (int x = 0; x < out; x++) {
          float left = pixels[row + 3 * horizontal.low[x]] & 0xff;
          float right = pixels[row + 3 * horizontal.high[x]] & 0xff;
          rows[y * out + x] = left + (right - left) * horizontal.fraction[x];
        }
      }
      for (int y = 0; y < out; y++) {
        int top = vertical.low[y] * out;
        int bottom = vertical.high[y] * out;
        float fraction = vertical.fraction[y];
        int to = (c * out + y) * out;
        for (int x = 0; x < out; x++) {
          float value = rows[top + x] + (rows[bottom + x] - rows[top + x]) * fraction;
          target[to + x] = (value - 128f) * 0.0078125f;
        }
      }
    }
  }
}
