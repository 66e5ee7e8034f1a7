package io.sparkddpm.layers;

import io.sparkddpm.kernels.Kernels;
import io.sparkddpm.memory.Tensor;

/**
 * A convolution with bias; padding as TensorFlow's SAME, which for stride 2 pads right and bottom
 * only.
 */
final class ConvolutionOp {
  private final LayerContext context;
  private final Kernels.Filter filter;
  private final String name;
  private Tensor input;

  ConvolutionOp(LayerContext context, String name, int stride) {
    this.context = context;
    this.name = name;
    this.filter =
        new Kernels.Filter(
            context.parameters().value(name + ".weight"),
            context.parameters().value(name + ".bias"),
            stride);
  }

  /** Does not take over {@code x}: the caller releases it. */
  Tensor forward(Tensor x) {
    input = x;
    context.save(x);
    Tensor out = context.memory().allocate(filter.outputShape(x));
    context.kernels().convolution(context.forward(), filter, x, out);
    return out;
  }

  /** Emits the gradients by weights, bias and input; does not take over {@code dout}. */
  Tensor backward(Tensor dout) {
    Tensor dx = context.memory().allocate(input.shape());
    context
        .kernels()
        .convolutionBackward(
            context.backward(),
            filter,
            input,
            dout,
            dx,
            context.parameters().gradient(name + ".weight"),
            context.parameters().gradient(name + ".bias"));
    LayerContext.drop(input);
    return dx;
  }
}
