package io.sparkddpm.layers;

import io.sparkddpm.kernels.Kernels;
import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.GaussianDraw;

/** Runs {@link GaussianDraw}; where no backward pass follows it gives the means. */
final class GaussianDrawLayer implements BodyLayer {
  private static final Kernels.Bounds BOUNDS =
      new Kernels.Bounds(GaussianDraw.LEAST_LOG_VARIANCE, GaussianDraw.MOST_LOG_VARIANCE);

  private final GaussianDraw node;
  private final LayerContext context;
  private Tensor moments;
  private Tensor drawn;

  GaussianDrawLayer(GaussianDraw node, LayerContext context) {
    this.node = node;
    this.context = context;
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor out = context.memory().allocate(x.size(0), x.size(1) / 2, x.size(2), x.size(3));
    Tensor other = context.memory().allocate(out.shape());
    if (context.training()) {
      long[] keys = context.inputs().takeDropoutKeys();
      context.forward(LayerKind.DATA, () -> draw(keys, other));
      context.kernels().gaussian(context.forward(), x, BOUNDS, other, out);
      moments = x.retain();
      drawn = out.retain();
    } else {
      context.kernels().split(context.forward(), x, out, other);
    }
    other.release();
    return out;
  }

  private Runnable draw(long[] keys, Tensor noise) {
    int length = node.out().length();
    float[] values = new float[keys.length * length];
    return () -> {
      for (int n = 0; n < keys.length; n++) {
        node.draw(keys[n], values, n * length);
      }
      noise.set(values, 0);
    };
  }

  @Override
  public Tensor backward(Tensor dout) {
    Tensor dx = context.memory().allocate(moments.shape());
    context.kernels().gaussianBackward(context.backward(), moments, BOUNDS, drawn, dout, dx);
    dout.release();
    LayerContext.drop(moments);
    LayerContext.drop(drawn);
    return dx;
  }
}
