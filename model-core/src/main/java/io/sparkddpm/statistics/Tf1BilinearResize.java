package io.sparkddpm.statistics;

/**
 * Bilinear resizing as TensorFlow 1 did it by default, and so as the published FID does: source
 * position i·(in/out) without half-pixel centres or aligned corners, no antialiasing, float
 * arithmetic without rounding to bytes. The network's input is (v − 128)/128. Immutable,
 * thread-safe.
 */
final class Tf1BilinearResize extends BilinearResize {
  /** From images of inHeight × inWidth to out × out. */
  Tf1BilinearResize(int inHeight, int inWidth, int out) {
    super(inHeight, inWidth, out);
  }

  @Override
  float source(int target, float scale) {
    return target * scale;
  }

  @Override
  float value(int pixel) {
    return pixel;
  }

  @Override
  float mix(float from, float to, float fraction) {
    return from + (to - from) * fraction;
  }

  @Override
  float input(float value) {
    return (value - 128f) * 0.0078125f;
  }
}
