package io.sparkddpm.statistics;

/**
 * Bilinear resizing without antialiasing, rows before columns, in float without rounding to bytes.
 * Subclasses say where a target position lies and how values are computed. Immutable, thread-safe.
 */
abstract class BilinearResize extends OneSizeResize {
  private final Axis vertical;
  private final Axis horizontal;

  /** The two source positions by target position, and the weight of the second. */
  private record Axis(int[] low, int[] high, float[] fraction) {}

  /** From images of inHeight × inWidth to out × out. */
  BilinearResize(int inHeight, int inWidth, int out) {
    super(inHeight, inWidth, out);
    this.vertical = axis(inHeight);
    this.horizontal = axis(inWidth);
  }

  private Axis axis(int in) {
    float scale = (float) in / out;
    Axis axis = new Axis(new int[out], new int[out], new float[out]);
    for (int i = 0; i < out; i++) {
      float source = source(i, scale);
      int low = Math.min((int) source, in - 1);
      axis.low[i] = low;
      axis.high[i] = Math.min(low + 1, in - 1);
      axis.fraction[i] = Math.min(source - low, 1f);
    }
    return axis;
  }

  /**
   * The source position of a target position, at least 0. Called by the constructor.
   *
   * @param scale in/out
   */
  abstract float source(int target, float scale);

  /** A pixel, 0 to 255, as it is interpolated. */
  abstract float value(int pixel);

  /** The value at a fraction of the way from one to the other. */
  abstract float mix(float from, float to, float fraction);

  /** An interpolated value as the network sees it. */
  abstract float input(float value);

  @Override
  public final void toInput(byte[] pixels, int offset, float[] target) {
    float[] rows = new float[inHeight * out];
    for (int c = 0; c < 3; c++) {
      // The horizontal interpolation of a source row is the same for every row that uses it.
      for (int y = 0; y < inHeight; y++) {
        int row = offset + y * inWidth * 3 + c;
        for (int x = 0; x < out; x++) {
          float left = value(pixels[row + 3 * horizontal.low[x]] & 0xff);
          float right = value(pixels[row + 3 * horizontal.high[x]] & 0xff);
          rows[y * out + x] = mix(left, right, horizontal.fraction[x]);
        }
      }
      for (int y = 0; y < out; y++) {
        int top = vertical.low[y] * out;
        int bottom = vertical.high[y] * out;
        float fraction = vertical.fraction[y];
        int to = (c * out + y) * out;
        for (int x = 0; x < out; x++) {
          target[to + x] = input(mix(rows[top + x], rows[bottom + x], fraction));
        }
      }
    }
  }
}
