package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.KeepSkip;

/** Runs {@link KeepSkip}: its gradient is that of both ways. */
final class KeepSkipLayer implements BodyLayer {
  private final LayerContext build;

  KeepSkipLayer(KeepSkip node, LayerContext build) {
    this.build = build;
  }

  @Override
  public Tensor forward(Tensor x) {
    build.skips().push(x.retain());
    return x.retain();
  }

  @Override
  public Tensor backward(Tensor dout) {
    Tensor skip = build.skipGradients().pop();
    build.kernels().addInPlace(build.backward(), skip, dout);
    skip.release();
    return dout;
  }
}
