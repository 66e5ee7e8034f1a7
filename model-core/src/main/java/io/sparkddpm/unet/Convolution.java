package io.sparkddpm.unet;

import static io.sparkddpm.unet.NativeOps.arrays;

import io.sparkddpm.unet.Program.Kind;

/**
 * A convolution with bias through the native operation; padding as TensorFlow's SAME, which for
 * stride 2 pads right and bottom only.
 */
final class Convolution {
  private final Build build;
  private final Tensor weight;
  private final Tensor bias;
  private final String name;
  private final int stride;
  private Tensor input;

  Convolution(Build build, String name, int stride) {
    this.build = build;
    this.name = name;
    this.weight = build.parameters().value(name + ".weight");
    this.bias = build.parameters().value(name + ".bias");
    this.stride = stride;
  }

  private long[] integers() {
    long kernel = weight.size(2);
    // kernel, stride, padding, dilation; SAME; NCHW; weights [out, in, kH, kW]
    return new long[] {kernel, kernel, stride, stride, 0, 0, 1, 1, 1, 0, 1};
  }

  /** Does not take over {@code x}: the caller releases it. */
  Tensor forward(Tensor x) {
    input = x;
    build.save(x);
    Tensor out =
        build.memory().allocate(x.size(0), weight.size(0), x.size(2) / stride, x.size(3) / stride);
    build.forward(
        Kind.CONVOLUTION,
        () ->
            NativeOps.op(
                "conv2d",
                arrays(x.array(), weight.array(), bias.array()),
                arrays(out.array()),
                integers(),
                new double[0],
                new boolean[0]));
    return out;
  }

  /** Emits the gradients by weights, bias and input; does not take over {@code dout}. */
  Tensor backward(Tensor dout) {
    Tensor dx = build.memory().allocate(input.shape());
    Tensor x = input;
    Tensor dweight = build.parameters().gradient(name + ".weight");
    Tensor dbias = build.parameters().gradient(name + ".bias");
    build.backward(
        Kind.CONVOLUTION,
        () ->
            NativeOps.op(
                "conv2d_bp",
                arrays(x.array(), weight.array(), bias.array(), dout.array()),
                arrays(dx.array(), dweight.array(), dbias.array()),
                integers(),
                new double[0],
                new boolean[0]));
    Build.drop(input);
    return dx;
  }
}
