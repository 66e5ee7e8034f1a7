package io.sparkddpm.torch;

import io.sparkddpm.network.Attention;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Runs {@link Attention}; a head of an image is computed as an image of its own. */
record TorchAttention(Attention node, TorchOps ops) implements TorchLayer {
  @Override
  public Tensor forward(Tensor x, TorchPass pass) {
    Tensor h = ops.norm(node.norm(), node.groups(), x);
    Tensor q = heads(ops.convolution(node.query(), h));
    Tensor k = heads(ops.convolution(node.key(), h));
    Tensor v = heads(ops.convolution(node.value(), h));
    boolean byImage = ops.library().onCpu() && !ops.library().rounds();
    Tensor attended = byImage ? attendByImage(q, k, v) : attend(q, k, v);
    Tensor image = attended.reshape(x.size(0), x.size(1), x.size(2), x.size(3));
    return x.add(ops.convolution(node.output(), image));
  }

  /** [N, C, H, W] as [N·heads, C/heads, H·W]. */
  private Tensor heads(Tensor x) {
    return x.reshape(x.size(0) * node.heads(), x.size(1) / node.heads(), x.size(2) * x.size(3));
  }

  /** v·softmax(qᵀk/√C)ᵀ of [N, C, H·W] each, as products of all images. */
  private static Tensor attend(Tensor q, Tensor k, Tensor v) {
    Tensor scaled = q.mul(new Scalar(1.0 / Math.sqrt(q.size(1))));
    Tensor weights = torch.softmax(torch.bmm(scaled.transpose(1, 2), k), 2);
    return torch.bmm(v, weights.transpose(1, 2));
  }

  /**
   * The same as one operation, which gives each thread images of its own: without MKL the library
   * multiplies matrices of float32 on one thread, image after image. Those of bfloat16 are oneDNN's
   * on all threads; by this operation a step of a small network would take three times as long.
   */
  private static Tensor attendByImage(Tensor q, Tensor k, Tensor v) {
    Tensor rows = torch.scaled_dot_product_attention(pixelRows(q), pixelRows(k), pixelRows(v));
    return rows.squeeze(1).transpose(1, 2);
  }

  /** [N, C, H·W] as the rows [N, 1, H·W, C] of a single head. */
  private static Tensor pixelRows(Tensor x) {
    return x.transpose(1, 2).contiguous().unsqueeze(1);
  }
}
