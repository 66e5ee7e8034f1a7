package io.sparkddpm.kernels;

import static io.sparkddpm.kernels.NativeOps.arrays;

import io.sparkddpm.memory.Tensor;

/** Any convolution, through ND4J's native operation. */
final class NativeConvolution {
  private NativeConvolution() {}

  private static long[] integers(Kernels.Filter filter) {
    long height = filter.weight().size(2);
    long width = filter.weight().size(3);
    // kernel, stride, padding, dilation; SAME; NCHW; weights [out, in, kH, kW]
    return new long[] {
      height, width, filter.strideHeight(), filter.strideWidth(), 0, 0, 1, 1, 1, 0, 1
    };
  }

  static void forward(Program program, Kernels.Filter filter, Tensor x, Tensor out) {
    program.emit(
        LayerKind.CONVOLUTION,
        () ->
            NativeOps.op(
                "conv2d",
                arrays(x.array(), filter.weight().array(), filter.bias().array()),
                arrays(out.array()),
                integers(filter),
                new double[0],
                new boolean[0]));
  }

  static void backward(
      Program program,
      Kernels.Filter filter,
      Tensor x,
      Tensor dout,
      Tensor dx,
      Tensor dweight,
      Tensor dbias) {
    program.emit(
        LayerKind.CONVOLUTION,
        () ->
            NativeOps.op(
                "conv2d_bp",
                arrays(x.array(), filter.weight().array(), filter.bias().array(), dout.array()),
                arrays(dx.array(), dweight.array(), dbias.array()),
                integers(filter),
                new double[0],
                new boolean[0]));
  }
}
