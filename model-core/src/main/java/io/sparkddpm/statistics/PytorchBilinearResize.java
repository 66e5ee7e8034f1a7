package io.sparkddpm.statistics;

/**
 * Bilinear resizing as {@code torch.nn.functional.interpolate} with {@code align_corners=False}
 * does it: source position (i + ½)·in/out − ½, not below 0, without antialiasing. Pixels go to 0…1
 * before, the result to 2v − 1. Immutable, thread-safe.
 */
final class PytorchBilinearResize extends BilinearResize {
  /** From images of inHeight × inWidth to out × out. */
  PytorchBilinearResize(int inHeight, int inWidth, int out) {
    super(inHeight, inWidth, out);
  }

  @Override
  float source(int target, float scale) {
    return Math.max(0f, scale * (target + 0.5f) - 0.5f);
  }

  @Override
  float value(int pixel) {
    return pixel / 255f;
  }

  @Override
  float mix(float from, float to, float fraction) {
    return (1f - fraction) * from + fraction * to;
  }

  @Override
  float input(float value) {
    return 2f * value - 1f;
  }
}
