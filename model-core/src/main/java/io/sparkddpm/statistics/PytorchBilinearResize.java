package io.sparkddpm.statistics;

/**
 * Bilinear resizing as {@code torch.nn.functional.interpolate} with {@code align_corners=False}
 * does it: source position (i + ½)·in/out − ½, not below 0, without antialiasing. Pixels go to 0…1
 * before, the result to 2v − 1. Immutable, thread-safe.
 */
final class PytorchBilinearResize extends OneSizeResize {
  private final Axis vertical;
  private final Axis horizontal;

  private record Axis(int[] low, int[] high, float[] fraction) {
    static Axis of(int in, int out) {
      float scale = (float) in / out;
      Axis axis = new Axis(new int[out], new int[out], new float[out]);
      for (int i = 0; i < out; i++) {
        float source = Math.max(0f, scale * (i + 0.5f) - 0.5f);
        int low = Math.min((int) source, in - 1);
        axis.low[i] = low;
        axis.high[i] = Math.min(low + 1, in - 1);
        axis.fraction[i] = Math.min(source - low, 1f);
      }
      return axis;
    }
  }

  PytorchBilinearResize(int inHeight, int inWidth, int out) {
    super(inHeight, inWidth, out);
    this.vertical = Axis.of(inHeight, out);
    this.horizontal = Axis.of(inWidth, out);
  }

  @Override
  public void toInput(byte[] pixels, int offset, float[] target) {
    float[] rows = new float[inHeight * out];
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < inHeight; y++) {
        int row = offset + y * inWidth * 3 + c;
        for (int x = 0; x < out; x++) {
          float left = (pixels[row + 3 * horizontal.low[x]] & 0xff) / 255f;
          float right = (pixels[row + 3 * horizontal.high[x]] & 0xff) / 255f;
          float fraction = horizontal.fraction[x];
          rows[y * out + x] = (1f - fraction) * left + fraction * right;
        }
      }
      for (int y = 0; y < out; y++) {
        int top = vertical.low[y] * out;
        int bottom = vertical.high[y] * out;
        float fraction = vertical.fraction[y];
        int to = (c * out + y) * out;
        for (int x = 0; x < out; x++) {
          float value = (1f - fraction) * rows[top + x] + fraction * rows[bottom + x];
          target[to + x] = 2f * value - 1f;
        }
      }
    }
  }
}
