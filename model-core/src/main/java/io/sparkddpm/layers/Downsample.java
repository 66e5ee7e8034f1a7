package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;

/** A 3×3 convolution with stride 2. */
final class Downsample implements Block {
  private final Convolution convolution;

  Downsample(LayerContext build, String name) {
    convolution = new Convolution(build, name + ".conv", 2);
  }

  @Override
  public Tensor forward(Tensor x) {
    return convolution.forward(x);
  }

  @Override
  public Tensor backward(Tensor dout) {
    Tensor dx = convolution.backward(dout);
    dout.release();
    return dx;
  }
}
