package io.sparkddpm.kernels;

import io.sparkddpm.memory.Tensor;
import java.nio.FloatBuffer;

/** Draws from diagonal Gaussians, in host memory; latents are small, so value by value. */
final class HostGaussian {
  private HostGaussian() {}

  /** Emits {@link Kernels#gaussian}. */
  static void forward(
      Program program, Tensor moments, Kernels.Bounds bounds, Tensor noise, Tensor out) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          FloatBuffer from = moments.floats();
          FloatBuffer epsilon = noise.floats();
          FloatBuffer to = out.floats();
          int length = to.capacity() / out.size(0);
          return () -> {
            for (int i = 0; i < to.capacity(); i++) {
              int mean = i + i / length * length; // both halves of the items before it
              double deviation = Math.exp(bounds.clamp(from.get(mean + length)) / 2);
              to.put(i, (float) (from.get(mean) + deviation * epsilon.get(i)));
            }
          };
        });
  }

  /** Emits {@link Kernels#gaussianBackward}: e^{s/2}·ε is out − μ. */
  static void backward(
      Program program,
      Tensor moments,
      Kernels.Bounds bounds,
      Tensor out,
      Tensor dout,
      Tensor dmoments) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          FloatBuffer from = moments.floats();
          FloatBuffer drawn = out.floats();
          FloatBuffer gradient = dout.floats();
          FloatBuffer to = dmoments.floats();
          int length = drawn.capacity() / out.size(0);
          return () -> {
            for (int i = 0; i < drawn.capacity(); i++) {
              int mean = i + i / length * length;
              float g = gradient.get(i);
              float half = 0.5f * (drawn.get(i) - from.get(mean));
              to.put(mean, g);
              float s = from.get(mean + length);
              to.put(mean + length, s == bounds.clamp(s) ? g * half : 0);
            }
          };
        });
  }
}
