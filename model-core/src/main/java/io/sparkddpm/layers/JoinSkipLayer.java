package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.JoinSkip;

/** Runs {@link JoinSkip}. */
final class JoinSkipLayer implements BodyLayer {
  private final LayerContext context;
  private final int channels;
  private final int skipChannels;

  JoinSkipLayer(JoinSkip node, LayerContext context) {
    this.context = context;
    this.channels = node.in().dim(0);
    this.skipChannels = node.skip().dim(0);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor skip = context.skips().pop();
    Tensor out =
        context.memory().allocate(x.size(0), channels + skipChannels, x.size(2), x.size(3));
    context.kernels().concat(context.forward(), x, skip, out);
    skip.release();
    return out;
  }

  @Override
  public Tensor backward(Tensor dout) {
    Tensor dx = context.memory().allocate(dout.size(0), channels, dout.size(2), dout.size(3));
    Tensor dskip =
        context.memory().allocate(dout.size(0), skipChannels, dout.size(2), dout.size(3));
    context.kernels().split(context.backward(), dout, dx, dskip);
    dout.release();
    context.skipGradients().push(dskip);
    return dx;
  }
}
