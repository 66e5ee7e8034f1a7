package io.sparkddpm.layers;

import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.TimeTable;

/** Runs {@link TimeTable}. */
final class TimeTableLayer implements EmbeddingLayer {
  private final TimeTable node;
  private final LayerContext context;
  private final int[] rows;

  TimeTableLayer(TimeTable node, LayerContext context) {
    this.node = node;
    this.context = context;
    this.rows = new int[context.inputs().levels().length];
  }

  @Override
  public Tensor forward() {
    double[] levels = context.inputs().levels();
    context.forward(LayerKind.DENSE, () -> () -> find(levels));
    Tensor out = context.memory().allocate(rows.length, node.width());
    context
        .kernels()
        .lookUp(context.forward(), context.parameters().value(node.table()), rows, out);
    return out;
  }

  private void find(double[] levels) {
    for (int n = 0; n < rows.length; n++) {
      rows[n] = node.row(levels[n]);
    }
  }

  @Override
  public void backward(Tensor dout) {
    Tensor gradient = context.parameters().gradient(node.table());
    context.kernels().lookUpBackward(context.backward(), dout, rows, gradient);
    dout.release();
  }
}
