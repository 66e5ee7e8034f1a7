package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.Downsample;

/** Runs {@link Downsample}. */
final class DownsampleLayer implements BodyLayer {
  private final ConvolutionOp convolution;

  DownsampleLayer(Downsample node, LayerContext context) {
    convolution = new ConvolutionOp(context, node.convolution(), 2);
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
