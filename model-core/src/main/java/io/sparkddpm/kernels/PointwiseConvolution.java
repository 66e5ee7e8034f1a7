package io.sparkddpm.kernels;

import io.sparkddpm.kernels.Blas.Matrix;
import io.sparkddpm.memory.Tensor;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** 1×1 convolutions: a matrix product for each image. */
final class PointwiseConvolution {
  private final PieceBuffers stage;

  /**
   * @param stage shared by the kernels of one thread
   */
  PointwiseConvolution(PieceBuffers stage) {
    this.stage = stage;
  }

  /** Whether the method is for such a convolution. */
  static boolean suits(Kernels.Filter filter) {
    return filter.stride() == 1 && filter.weight().size(2) == 1 && filter.weight().size(3) == 1;
  }

  void forward(Program program, Kernels.Filter filter, Tensor x, Tensor out) {
    int images = x.size(0);
    int in = x.size(1);
    int outputs = out.size(1);
    int pixels = x.size(2) * x.size(3);
    stage.reserve(pixels);
    program.emit(
        LayerKind.CONVOLUTION,
        () -> {
          Matrix weight = Blas.matrices(filter.weight(), 1, in)[0];
          Matrix[] xs = Blas.matrices(x, images, pixels);
          Matrix[] outs = Blas.matrices(out, images, pixels);
          FloatBuffer bias = filter.bias().floats();
          FloatBuffer to = out.floats();
          return () -> {
            for (int n = 0; n < images; n++) {
              for (int c = 0; c < outputs; c++) {
                Arrays.fill(stage.x, 0, pixels, bias.get(c));
                to.put((n * outputs + c) * pixels, stage.x, 0, pixels);
              }
              Blas.multiply(outputs, pixels, in, weight, false, xs[n], false, 1f, outs[n]);
            }
          };
        });
  }

  void backward(
      Program program,
      Kernels.Filter filter,
      Tensor x,
      Tensor dout,
      Tensor dx,
      Tensor dweight,
      Tensor dbias) {
    int images = x.size(0);
    int in = x.size(1);
    int outputs = dout.size(1);
    int pixels = x.size(2) * x.size(3);
    stage.reserve(pixels);
    program.emit(
        LayerKind.CONVOLUTION,
        () -> {
          Matrix weight = Blas.matrices(filter.weight(), 1, in)[0];
          Matrix weightGradient = Blas.matrices(dweight, 1, in)[0];
          Matrix[] xs = Blas.matrices(x, images, pixels);
          Matrix[] douts = Blas.matrices(dout, images, pixels);
          Matrix[] dxs = Blas.matrices(dx, images, pixels);
          FloatBuffer gradient = dout.floats();
          FloatBuffer biasGradient = dbias.floats();
          double[] sums = new double[outputs];
          return () -> {
            Arrays.fill(sums, 0);
            for (int n = 0; n < images; n++) {
              Blas.multiply(
                  outputs,
                  in,
                  pixels,
                  douts[n],
                  false,
                  xs[n],
                  true,
                  n == 0 ? 0f : 1f,
                  weightGradient);
              Blas.multiply(in, pixels, outputs, weight, true, douts[n], false, 0f, dxs[n]);
              for (int c = 0; c < outputs; c++) {
                gradient.get((n * outputs + c) * pixels, stage.y, 0, pixels);
                PieceKernel.run(PieceKernel.TOTAL, stage, 0, pixels);
                sums[c] += stage.sum;
              }
            }
            for (int c = 0; c < outputs; c++) {
              biasGradient.put(c, (float) sums[c]);
            }
          };
        });
  }
}
