package io.sparkddpm.layers;

import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.kernels.NativeOps;
import io.sparkddpm.memory.Tensor;

/** A dense layer on [N, K]. */
final class DenseOp {
  private final LayerContext build;
  private final String name;
  private final Tensor weight;
  private Tensor input;

  DenseOp(LayerContext build, String name) {
    this.build = build;
    this.name = name;
    this.weight = build.parameters().value(name + ".weight");
  }

  /** x·Wᵀ + b; does not take over {@code x}. */
  Tensor forward(Tensor x) {
    input = x;
    build.save(x);
    Tensor out = build.memory().allocate(x.size(0), weight.size(0));
    build.forward(
        LayerKind.DENSE,
        () -> NativeOps.matmul(x.array(), false, weight.array(), true, out.array()));
    build.kernels().addBias(build.forward(), build.parameters().value(name + ".bias"), out);
    return out;
  }

  /** Gradients by weights, bias and input; does not take over {@code dout}. */
  Tensor backward(Tensor dout) {
    Tensor x = input;
    Tensor dx = build.memory().allocate(x.shape());
    Tensor dweight = build.parameters().gradient(name + ".weight");
    build.backward(
        LayerKind.DENSE,
        () -> NativeOps.matmul(dout.array(), true, x.array(), false, dweight.array()));
    build
        .kernels()
        .biasBackward(build.backward(), dout, build.parameters().gradient(name + ".bias"));
    build.backward(
        LayerKind.DENSE,
        () -> NativeOps.matmul(dout.array(), false, weight.array(), false, dx.array()));
    LayerContext.drop(input);
    return dx;
  }
}
