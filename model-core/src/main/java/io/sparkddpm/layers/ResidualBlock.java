package io.sparkddpm.layers;

import io.sparkddpm.kernels.Dropout;
import io.sparkddpm.memory.Tensor;

/**
 * GroupNorm, SiLU, convolution, time embedding, GroupNorm, SiLU, dropout, convolution, and the
 * shortcut (a 1×1 convolution where the width changes); Ho et al. 2020, app. B.
 */
final class ResidualBlock implements Block {
  private final LayerContext build;
  private final TimeSignal time;
  private final GroupNorm norm1;
  private final Convolution conv1;
  private final Dense projection;
  private final GroupNorm norm2;
  private final Convolution conv2;
  private final Convolution shortcut;

  /**
   * @param layer index of the block, which keys its dropout
   */
  ResidualBlock(LayerContext build, String name, TimeSignal time, double dropoutRate, int layer) {
    this.build = build;
    this.time = time;
    Dropout dropout =
        dropoutRate == 0 ? null : new Dropout(dropoutRate, layer, build.dropoutKeys());
    norm1 = new GroupNorm(build, name + ".norm1", true, null);
    conv1 = new Convolution(build, name + ".conv1", 1);
    projection = new Dense(build, name + ".temb_proj");
    norm2 = new GroupNorm(build, name + ".norm2", true, dropout);
    conv2 = new Convolution(build, name + ".conv2", 1);
    String nin = name + ".nin_shortcut";
    shortcut = build.parameters().has(nin + ".weight") ? new Convolution(build, nin, 1) : null;
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor a1 = norm1.forward(x, null);
    Tensor h1 = conv1.forward(a1);
    a1.release();
    Tensor shift = projection.forward(time.activated());
    Tensor a2 = norm2.forward(h1, shift);
    h1.release();
    shift.release();
    Tensor out = conv2.forward(a2);
    a2.release();
    if (shortcut == null) {
      build.kernels().addInPlace(build.forward(), x, out);
    } else {
      Tensor straight = shortcut.forward(x);
      build.kernels().addInPlace(build.forward(), straight, out);
      straight.release();
    }
    return out;
  }

  @Override
  public Tensor backward(Tensor dout) {
    Tensor dx = shortcut == null ? dout : shortcut.backward(dout);
    Tensor dh = conv2.backward(dout);
    if (dx != dout) {
      dout.release();
    }
    Tensor dshift = build.memory().allocate(dh.size(0), dh.size(1));
    norm2.backward(dh, dh, null, dshift);
    Tensor dtime = projection.backward(dshift);
    dshift.release();
    time.addGradient(dtime);
    dtime.release();
    Tensor da1 = conv1.backward(dh);
    dh.release();
    norm1.backward(da1, dx, dx, null);
    da1.release();
    return dx;
  }
}
