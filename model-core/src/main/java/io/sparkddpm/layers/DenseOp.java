package io.sparkddpm.layers;

import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.kernels.NativeOps;
import io.sparkddpm.memory.Tensor;

/** A dense layer on [N, K]. */
final class DenseOp {
  private final LayerContext context;
  private final String name;
  private final Tensor weight;
  private Tensor input;

  DenseOp(LayerContext context, String name) {
    this.context = context;
    this.name = name;
    this.weight = context.parameters().value(name + ".weight");
  }

  /** x·Wᵀ + b; does not take over {@code x}. */
  Tensor forward(Tensor x) {
    input = x;
    context.save(x);
    Tensor out = context.memory().allocate(x.size(0), weight.size(0));
    context.forward(
        LayerKind.DENSE,
        () -> NativeOps.matmul(x.array(), false, weight.array(), true, out.array()));
    context.kernels().addBias(context.forward(), context.parameters().value(name + ".bias"), out);
    return out;
  }

  /** Gradients by weights, bias and input; does not take over {@code dout}. */
  Tensor backward(Tensor dout) {
    Tensor x = input;
    Tensor dx = context.memory().allocate(x.shape());
    Tensor dweight = context.parameters().gradient(name + ".weight");
    context.backward(
        LayerKind.DENSE,
        () -> NativeOps.matmul(dout.array(), true, x.array(), false, dweight.array()));
    context
        .kernels()
        .biasBackward(context.backward(), dout, context.parameters().gradient(name + ".bias"));
    context.backward(
        LayerKind.DENSE,
        () -> NativeOps.matmul(dout.array(), false, weight.array(), false, dx.array()));
    LayerContext.drop(input);
    return dx;
  }
}
