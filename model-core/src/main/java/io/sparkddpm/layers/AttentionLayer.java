package io.sparkddpm.layers;

import io.sparkddpm.kernels.Program;
import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.Attention;

/** Runs {@link Attention}. */
final class AttentionLayer implements BodyLayer {
  private final LayerContext context;
  private final GroupNormOp norm;
  private final ConvolutionOp query;
  private final ConvolutionOp key;
  private final ConvolutionOp value;
  private final ConvolutionOp output;
  private final int heads;
  private double scale;
  private Tensor q;
  private Tensor k;
  private Tensor v;
  private Tensor weights;

  AttentionLayer(Attention node, LayerContext context) {
    this.context = context;
    this.heads = node.heads();
    norm = new GroupNormOp(context, node.norm(), node.groups(), false, null);
    query = new ConvolutionOp(context, node.query(), 1);
    key = new ConvolutionOp(context, node.key(), 1);
    value = new ConvolutionOp(context, node.value(), 1);
    output = new ConvolutionOp(context, node.output(), 1);
  }

  @Override
  public Tensor forward(Tensor x) {
    int n = x.size(0);
    int pixels = x.size(2) * x.size(3);
    int channels = x.size(1) / heads;
    scale = 1.0 / Math.sqrt(channels);
    Tensor h = norm.forward(x, null);
    q = query.forward(h);
    k = key.forward(h);
    v = value.forward(h);
    h.release();
    weights = context.memory().allocate((long) n * heads, pixels, pixels);
    Program forward = context.forward();
    context.kernels().product(forward, byHead(q), true, byHead(k), false, weights);
    context.kernels().softmax(forward, weights, scale, weights);
    Tensor attended = context.memory().allocate(x.shape());
    context.kernels().product(forward, byHead(v), false, weights, true, byHead(attended));
    for (Tensor saved : new Tensor[] {q, k, v, weights}) {
      context.save(saved);
      saved.release();
    }
    Tensor out = output.forward(attended);
    attended.release();
    context.kernels().addInPlace(forward, x, out);
    return out;
  }

  @Override
  public Tensor backward(Tensor dout) {
    Program backward = context.backward();
    Tensor dattended = output.backward(dout);
    Tensor dv = context.memory().allocate(v.shape());
    context.kernels().product(backward, byHead(dattended), false, weights, false, byHead(dv));
    Tensor dweights = context.memory().allocate(weights.shape());
    context.kernels().product(backward, byHead(dattended), true, byHead(v), false, dweights);
    dattended.release();
    LayerContext.drop(v);
    context.kernels().softmaxBackward(backward, weights, dweights, scale, dweights);
    LayerContext.drop(weights);
    Tensor dq = context.memory().allocate(q.shape());
    context.kernels().product(backward, byHead(k), false, dweights, true, byHead(dq));
    Tensor dk = context.memory().allocate(k.shape());
    context.kernels().product(backward, byHead(q), false, dweights, false, byHead(dk));
    dweights.release();
    LayerContext.drop(q);
    LayerContext.drop(k);
    Tensor dh = query.backward(dq);
    dq.release();
    addAndRelease(key.backward(dk), dh);
    dk.release();
    addAndRelease(value.backward(dv), dh);
    dv.release();
    norm.backward(dh, dout, dout, null);
    dh.release();
    return dout;
  }

  /** [N, C, H, W] as [N·heads, C/heads, H·W]: a head of an image is multiplied as an image. */
  private Tensor byHead(Tensor x) {
    long images = (long) x.size(0) * heads;
    int channels = x.size(1) / heads;
    return context.memory().view(x, images, channels, x.length() / images / channels);
  }

  private void addAndRelease(Tensor part, Tensor sum) {
    context.kernels().addInPlace(context.backward(), part, sum);
    part.release();
  }
}
