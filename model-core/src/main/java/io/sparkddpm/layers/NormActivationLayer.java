package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.NormActivation;

/** Runs {@link NormActivation}. */
final class NormActivationLayer implements BodyLayer {
  private final GroupNormOp norm;

  NormActivationLayer(NormActivation node, LayerContext context) {
    norm = new GroupNormOp(context, node.name(), node.groups(), true, null);
  }

  @Override
  public Tensor forward(Tensor x) {
    return norm.forward(x, null);
  }

  @Override
  public Tensor backward(Tensor dout) {
    norm.backward(dout, dout, null, null);
    return dout;
  }
}
