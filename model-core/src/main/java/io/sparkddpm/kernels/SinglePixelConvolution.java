package io.sparkddpm.kernels;

import io.sparkddpm.kernels.Blas.Matrix;
import io.sparkddpm.memory.Tensor;
import java.nio.FloatBuffer;

/** 1×1 convolutions of images with one pixel each, as points are: a matrix product for all. */
final class SinglePixelConvolution {
  private SinglePixelConvolution() {}

  /** Whether the method is for such a convolution of such images. */
  static boolean suits(Kernels.Filter filter, Tensor x) {
    return PointwiseConvolution.suits(filter) && x.size(2) * x.size(3) == 1;
  }

  static void forward(Program program, Kernels.Filter filter, Tensor x, Tensor out) {
    int images = x.size(0);
    int in = x.size(1);
    int outputs = out.size(1);
    program.emit(
        LayerKind.CONVOLUTION,
        () -> {
          Matrix weight = rows(filter.weight(), in);
          Matrix xs = rows(x, in);
          Matrix outs = rows(out, outputs);
          FloatBuffer bias = filter.bias().floats();
          FloatBuffer to = out.floats();
          return () -> {
            for (int n = 0; n < images; n++) {
              to.put(n * outputs, bias, 0, outputs);
            }
            Blas.multiply(images, outputs, in, xs, false, weight, true, 1f, outs);
          };
        });
  }

  static void backward(
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
    program.emit(
        LayerKind.CONVOLUTION,
        () -> {
          Matrix weight = rows(filter.weight(), in);
          Matrix weightGradient = rows(dweight, in);
          Matrix xs = rows(x, in);
          Matrix douts = rows(dout, outputs);
          Matrix dxs = rows(dx, in);
          FloatBuffer gradient = dout.floats();
          FloatBuffer biasGradient = dbias.floats();
          return () -> {
            Blas.multiply(outputs, in, images, douts, true, xs, false, 0f, weightGradient);
            Blas.multiply(images, in, outputs, douts, false, weight, false, 0f, dxs);
            for (int c = 0; c < outputs; c++) {
              double sum = 0;
              for (int n = 0; n < images; n++) {
                sum += gradient.get(n * outputs + c);
              }
              biasGradient.put(c, (float) sum);
            }
          };
        });
  }

  private static Matrix rows(Tensor tensor, int width) {
    return Blas.matrices(tensor, 1, width)[0];
  }
}
