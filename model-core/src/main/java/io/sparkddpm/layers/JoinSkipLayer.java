package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.JoinSkip;

/** Runs {@link JoinSkip}. */
final class JoinSkipLayer implements BodyLayer {
  private final LayerContext build;
  private final int channels;
  private final int skipChannels;

  JoinSkipLayer(JoinSkip node, LayerContext build) {
    this.build = build;
    this.channels = node.in().dim(0);
    this.skipChannels = node.skip().dim(0);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor skip = build.skips().pop();
    Tensor out = build.memory().allocate(x.size(0), channels + skipChannels, x.size(2), x.size(3));
    build.kernels().concat(build.forward(), x, skip, out);
    skip.release();
    return out;
  }

  @Override
  public Tensor backward(Tensor dout) {
    Tensor dx = build.memory().allocate(dout.size(0), channels, dout.size(2), dout.size(3));
    Tensor dskip = build.memory().allocate(dout.size(0), skipChannels, dout.size(2), dout.size(3));
    build.kernels().split(build.backward(), dout, dx, dskip);
    dout.release();
    build.skipGradients().push(dskip);
    return dx;
  }
}
