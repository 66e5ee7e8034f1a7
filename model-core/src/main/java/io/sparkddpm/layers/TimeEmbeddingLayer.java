package io.sparkddpm.layers;

import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.TimeEmbedding;
import java.util.Arrays;

/** Runs {@link TimeEmbedding}; its waves are computed anew when the levels change. */
final class TimeEmbeddingLayer implements EmbeddingLayer {
  private final TimeEmbedding node;
  private final LayerContext context;
  private final DenseOp first;
  private final DenseOp second;
  private Tensor hidden;

  TimeEmbeddingLayer(TimeEmbedding node, LayerContext context) {
    this.node = node;
    this.context = context;
    first = new DenseOp(context, node.first());
    second = new DenseOp(context, node.second());
  }

  @Override
  public Tensor forward() {
    double[] levels = context.inputs().levels();
    Tensor waves = context.memory().allocate(levels.length, node.channels());
    context.forward(LayerKind.DENSE, () -> waves(levels, waves));
    hidden = first.forward(waves);
    Tensor activated = context.memory().allocate(hidden.shape());
    context.kernels().silu(context.forward(), hidden, activated);
    context.save(hidden);
    hidden.release();
    Tensor out = second.forward(activated);
    activated.release();
    return out;
  }

  /** The waves' memory stays theirs, so that they are there when the same levels come again. */
  private Runnable waves(double[] levels, Tensor waves) {
    float[] rows = new float[levels.length * node.channels()];
    double[] previous = new double[levels.length];
    Arrays.fill(previous, -1);
    return () -> {
      if (!Arrays.equals(levels, previous)) {
        for (int n = 0; n < levels.length; n++) {
          node.waves(levels[n], rows, n * node.channels());
        }
        System.arraycopy(levels, 0, previous, 0, levels.length);
        waves.set(rows, 0);
      }
    };
  }

  @Override
  public void backward(Tensor dout) {
    Tensor dactivated = second.backward(dout);
    dout.release();
    context.kernels().siluBackward(context.backward(), hidden, dactivated, dactivated);
    LayerContext.drop(hidden);
    first.backward(dactivated).release();
    dactivated.release();
  }
}
