package io.sparkddpm.layers;

import io.sparkddpm.kernels.Kernels;
import io.sparkddpm.memory.Tensor;

/**
 * A convolution with bias; padding as TensorFlow's SAME, which for stride 2 pads right and bottom
 * only.
 */
final class ConvolutionOp {
  private final LayerContext build;
  private final Kernels.Filter filter;
  private final String name;
  private Tensor input;

  ConvolutionOp(LayerContext build, String name, int stride) {
    this.build = build;
    this.name = name;
    this.filter =
        new Kernels.Filter(
            build.parameters().value(name + ".weight"),
            build.parameters().value(name + ".bias"),
            stride);
  }

  /** Does not take over {@code x}: the caller releases it. */
  Tensor forward(Tensor x) {
    input = x;
    build.save(x);
    int stride = filter.stride();
    Tensor out =
        build
            .memory()
            .allocate(x.size(0), filter.weight().size(0), x.size(2) / stride, x.size(3) / stride);
    build.kernels().convolution(build.forward(), filter, x, out);
    return out;
  }

  /** Emits the gradients by weights, bias and input; does not take over {@code dout}. */
  Tensor backward(Tensor dout) {
    Tensor dx = build.memory().allocate(input.shape());
    build
        .kernels()
        .convolutionBackward(
            build.backward(),
            filter,
            input,
            dout,
            dx,
            build.parameters().gradient(name + ".weight"),
            build.parameters().gradient(name + ".bias"));
    LayerContext.drop(input);
    return dx;
  }
}
