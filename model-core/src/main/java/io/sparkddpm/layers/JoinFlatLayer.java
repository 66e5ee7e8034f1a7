package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.JoinFlat;

/** Runs {@link JoinFlat}. */
final class JoinFlatLayer implements BodyLayer {
  private final JoinFlat node;
  private final LayerContext context;
  private long[] inShape;
  private long[] skipShape;

  JoinFlatLayer(JoinFlat node, LayerContext context) {
    this.node = node;
    this.context = context;
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor skip = context.skips().pop();
    inShape = x.shape();
    skipShape = skip.shape();
    Tensor out = context.memory().allocate(x.size(0), node.out().length(), 1, 1);
    context.kernels().concat(context.forward(), flat(x), flat(skip), out);
    skip.release();
    return out;
  }

  /** [N, C, H, W] as [N, C·H·W, 1, 1]. */
  private Tensor flat(Tensor x) {
    return context.memory().view(x, x.size(0), x.length() / x.size(0), 1, 1);
  }

  @Override
  public Tensor backward(Tensor dout) {
    Tensor dx = context.memory().allocate(inShape);
    Tensor dskip = context.memory().allocate(skipShape);
    context.kernels().split(context.backward(), dout, flat(dx), flat(dskip));
    dout.release();
    context.skipGradients().push(dskip);
    return dx;
  }
}
