package io.sparkddpm.layers;

import io.sparkddpm.kernels.Dropout;
import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.ResidualBlock;

/** Runs {@link ResidualBlock}. */
final class ResidualBlockLayer implements BodyLayer {
  private final LayerContext context;
  private final GroupNormOp norm1;
  private final ConvolutionOp conv1;
  private final DenseOp projection;
  private final GroupNormOp norm2;
  private final ConvolutionOp conv2;
  private final ConvolutionOp shortcut;

  ResidualBlockLayer(ResidualBlock node, LayerContext context) {
    this.context = context;
    Dropout dropout =
        context.training() && node.dropout() > 0
            ? new Dropout(node.dropout(), node.layer(), context.inputs().takeDropoutKeys())
            : null;
    norm1 = new GroupNormOp(context, node.norm1(), node.groups(), true, null);
    conv1 = new ConvolutionOp(context, node.conv1(), 1);
    projection = node.isShifted() ? new DenseOp(context, node.projection()) : null;
    norm2 = new GroupNormOp(context, node.norm2(), node.groups(), true, dropout);
    conv2 = new ConvolutionOp(context, node.conv2(), 1);
    shortcut = node.widens() ? new ConvolutionOp(context, node.shortcut(), 1) : null;
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor a1 = norm1.forward(x, null);
    Tensor h1 = conv1.forward(a1);
    a1.release();
    Tensor a2;
    if (projection == null) {
      a2 = norm2.forward(h1, null);
    } else {
      Tensor shift = projection.forward(context.embedding().activated());
      a2 = norm2.forward(h1, shift);
      shift.release();
    }
    h1.release();
    Tensor out = conv2.forward(a2);
    a2.release();
    if (shortcut == null) {
      context.kernels().addInPlace(context.forward(), x, out);
    } else {
      Tensor straight = shortcut.forward(x);
      context.kernels().addInPlace(context.forward(), straight, out);
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
    if (projection == null) {
      norm2.backward(dh, dh, null, null);
    } else {
      Tensor dshift = context.memory().allocate(dh.size(0), dh.size(1));
      norm2.backward(dh, dh, null, dshift);
      Tensor dtime = projection.backward(dshift);
      dshift.release();
      context.embedding().addGradient(dtime);
      dtime.release();
    }
    Tensor da1 = conv1.backward(dh);
    dh.release();
    norm1.backward(da1, dx, dx, null);
    da1.release();
    return dx;
  }
}
