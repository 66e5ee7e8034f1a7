package io.sparkddpm.layers;

import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.TimeEmbedding;
import java.util.Arrays;

/** Runs {@link TimeEmbedding}; its waves are computed anew when the levels change. */
final class TimeEmbeddingLayer implements EmbeddingLayer {
  private final TimeEmbedding node;
  private final LayerContext build;
  private final DenseOp first;
  private final DenseOp second;
  private Tensor hidden;

  TimeEmbeddingLayer(TimeEmbedding node, LayerContext build) {
    this.node = node;
    this.build = build;
    first = new DenseOp(build, node.first());
    second = new DenseOp(build, node.second());
  }

  @Override
  public Tensor forward() {
    double[] levels = build.inputs().levels();
    Tensor waves = build.memory().allocate(levels.length, node.channels());
    build.forward(LayerKind.DENSE, () -> waves(levels, waves));
    hidden = first.forward(waves);
    Tensor activated = build.memory().allocate(hidden.shape());
    build.kernels().silu(build.forward(), hidden, activated);
    build.save(hidden);
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
    build.kernels().siluBackward(build.backward(), hidden, dactivated, dactivated);
    LayerContext.drop(hidden);
    first.backward(dactivated).release();
    dactivated.release();
  }
}
