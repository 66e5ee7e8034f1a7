package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.KeepSkip;

/** Runs {@link KeepSkip}: its gradient is that of both ways. */
final class KeepSkipLayer implements BodyLayer {
  private final LayerContext context;

  KeepSkipLayer(KeepSkip node, LayerContext context) {
    this.context = context;
  }

  @Override
  public Tensor forward(Tensor x) {
    context.skips().push(x.retain());
    return x.retain();
  }

  @Override
  public Tensor backward(Tensor dout) {
    Tensor skip = context.skipGradients().pop();
    context.kernels().addInPlace(context.backward(), skip, dout);
    skip.release();
    return dout;
  }
}
