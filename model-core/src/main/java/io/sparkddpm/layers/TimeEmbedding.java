package io.sparkddpm.layers;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.memory.Tensor;

/**
 * The timestep as the network sees it: sines and cosines (Vaswani et al. 2017, official layout),
 * then two dense layers with SiLU between.
 */
public final class TimeEmbedding {
  private final LayerContext build;
  private final Dense dense0;
  private final Dense dense1;
  private Tensor hidden;

  TimeEmbedding(LayerContext build) {
    this.build = build;
    dense0 = new Dense(build, "temb_dense0");
    dense1 = new Dense(build, "temb_dense1");
  }

  /**
   * Writes [sin(t·f_0) …, cos(t·f_0) …] with f_i = 10000^(−i/(half − 1)).
   *
   * @param t zero-based timestep, not negative
   * @param width even, at least 4
   * @param out receives {@code width} values from {@code offset}
   */
  public static void sinusoid(double t, int width, float[] out, int offset) {
    checkArgument(width >= 4 && width % 2 == 0, "width must be even and at least 4, got %s", width);
    int half = width / 2;
    for (int i = 0; i < half; i++) {
      double angle = t * StrictMath.exp(-StrictMath.log(10000.0) * i / (half - 1));
      out[offset + i] = (float) StrictMath.sin(angle);
      out[offset + half + i] = (float) StrictMath.cos(angle);
    }
  }

  /**
   * @param sinusoids [N, channels]
   * @return [N, 4·channels]
   */
  Tensor forward(Tensor sinusoids) {
    hidden = dense0.forward(sinusoids);
    Tensor activated = build.memory().allocate(hidden.shape());
    build.kernels().silu(build.forward(), hidden, activated);
    build.save(hidden);
    hidden.release();
    Tensor out = dense1.forward(activated);
    activated.release();
    return out;
  }

  /** Emits the gradients of both layers; takes over {@code dout}. */
  void backward(Tensor dout) {
    Tensor dactivated = dense1.backward(dout);
    dout.release();
    build.kernels().siluBackward(build.backward(), hidden, dactivated, dactivated);
    LayerContext.drop(hidden);
    dense0.backward(dactivated).release();
    dactivated.release();
  }
}
