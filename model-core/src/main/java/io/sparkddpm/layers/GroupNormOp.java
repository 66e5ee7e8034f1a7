package io.sparkddpm.layers;

import io.sparkddpm.kernels.Dropout;
import io.sparkddpm.kernels.Kernels;
import io.sparkddpm.memory.Tensor;

/** GroupNorm, fused with what precedes (a shift per channel) and follows it. */
final class GroupNormOp {
  private final LayerContext context;
  private final String name;
  private final int groups;
  private final boolean silu;
  private final Dropout dropout;
  private Kernels.Norm norm;

  /**
   * @param dropout what is dropped after the activation, or null
   */
  GroupNormOp(LayerContext context, String name, int groups, boolean silu, Dropout dropout) {
    this.context = context;
    this.name = name;
    this.groups = groups;
    this.silu = silu;
    this.dropout = dropout;
  }

  /**
   * Does not take over its arguments.
   *
   * @param shift [N, C], or null
   */
  Tensor forward(Tensor x, Tensor shift) {
    Tensor statistics = context.memory().allocate(x.size(0), 2 * groups);
    Tensor out = context.memory().allocate(x.shape());
    norm =
        new Kernels.Norm(
            x,
            shift,
            groups,
            context.parameters().value(name + ".weight"),
            context.parameters().value(name + ".bias"),
            statistics,
            silu,
            dropout);
    context.kernels().normForward(context.forward(), norm, out);
    context.save(x);
    context.save(statistics);
    statistics.release();
    if (shift != null) {
      context.save(shift);
    }
    return out;
  }

  /**
   * Writes the gradient by the input, plus {@code addTo}, over {@code dx}.
   *
   * @param dx may be {@code dout} or {@code addTo}
   * @param addTo may be null
   * @param dshift receives the gradient by the shift, or null
   */
  void backward(Tensor dout, Tensor dx, Tensor addTo, Tensor dshift) {
    context
        .kernels()
        .normBackward(
            context.backward(),
            norm,
            dout,
            dx,
            addTo,
            context.parameters().gradient(name + ".weight"),
            context.parameters().gradient(name + ".bias"),
            dshift);
    LayerContext.drop(norm.x());
    LayerContext.drop(norm.statistics());
    if (norm.shift() != null) {
      LayerContext.drop(norm.shift());
    }
  }
}
