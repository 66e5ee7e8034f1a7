package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.Convolution;

/** Runs {@link Convolution}. */
final class ConvolutionLayer implements BodyLayer {
  private final ConvolutionOp convolution;

  ConvolutionLayer(Convolution node, LayerContext context) {
    convolution = new ConvolutionOp(context, node.name(), 1);
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
