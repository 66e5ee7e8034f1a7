package io.sparkddpm.layers;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.Upsample;
import io.sparkddpm.tensor.Shape;

/** Runs {@link Upsample}. */
final class UpsampleLayer implements BodyLayer {
  private final Upsample node;
  private final LayerContext context;
  private final ConvolutionOp convolution;
  private long[] inputShape;

  UpsampleLayer(Upsample node, LayerContext context) {
    this.node = node;
    this.context = context;
    convolution = new ConvolutionOp(context, node.convolution(), 1);
  }

  @Override
  public Tensor forward(Tensor x) {
    inputShape = x.shape();
    Shape shape = node.out();
    Tensor large = context.memory().allocate(x.size(0), x.size(1), shape.dim(1), shape.dim(2));
    context.kernels().upsample(context.forward(), x, large);
    Tensor out = convolution.forward(large);
    large.release();
    return out;
  }

  @Override
  public Tensor backward(Tensor dout) {
    Tensor dlarge = convolution.backward(dout);
    dout.release();
    Tensor dx = context.memory().allocate(inputShape);
    context.kernels().upsampleBackward(context.backward(), dlarge, dx);
    dlarge.release();
    return dx;
  }
}
