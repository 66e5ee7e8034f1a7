package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.LearnedPositions;

/** Runs {@link LearnedPositions}: every item looks up the only row of a table. */
final class LearnedPositionsLayer implements BodyLayer {
  private final LearnedPositions node;
  private final LayerContext context;
  private int[] rows;

  LearnedPositionsLayer(LearnedPositions node, LayerContext context) {
    this.node = node;
    this.context = context;
  }

  @Override
  public Tensor forward(Tensor x) {
    rows = new int[x.size(0)];
    Tensor out = context.memory().allocate(x.shape());
    Tensor table = context.parameters().valueRow(node.name());
    context.kernels().lookUp(context.forward(), table, rows, flat(out));
    context.kernels().addInPlace(context.forward(), x, out);
    return out;
  }

  @Override
  public Tensor backward(Tensor dout) {
    Tensor gradient = context.parameters().gradientRow(node.name());
    context.kernels().lookUpBackward(context.backward(), flat(dout), rows, gradient);
    return dout;
  }

  /** [N, C, H, W] as [N, C·H·W]. */
  private Tensor flat(Tensor x) {
    return context.memory().view(x, x.size(0), x.length() / x.size(0));
  }
}
