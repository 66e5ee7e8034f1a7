package io.sparkddpm.torch;

import io.sparkddpm.kernels.Dropout;
import io.sparkddpm.kernels.Kernels;
import io.sparkddpm.kernels.Threads;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * What layers are made of: operations with parameters.
 *
 * @param threads for what is computed on the JVM; the caller's
 * @param parameters by their official names
 */
record TorchOps(LibTorch library, Threads threads, Map<String, Tensor> parameters) {
  private static final long[] NONE = {0, 0};
  private static final long[] ONE = {1, 1};

  /** A convolution that keeps height and width. */
  Tensor convolution(String name, Tensor x) {
    Tensor weight = parameters.get(name + ".weight");
    long[] padding = {weight.size(2) / 2, weight.size(3) / 2};
    return convolution(name, weight, x, ONE, padding);
  }

  /**
   * A convolution that halves height and width, or the one along which its kernel covers several
   * places; padded right and bottom only.
   */
  Tensor halving(String name, Tensor x) {
    Tensor weight = parameters.get(name + ".weight");
    long bottom = weight.size(2) == 1 ? 0 : 1;
    long right = weight.size(3) == 1 ? 0 : 1;
    Tensor padded = torch.constant_pad_nd(x, 0, right, 0, bottom);
    return convolution(name, weight, padded, new long[] {1 + bottom, 1 + right}, NONE);
  }

  private Tensor convolution(String name, Tensor weight, Tensor x, long[] stride, long[] padding) {
    TensorOptional bias = new TensorOptional(parameters.get(name + ".bias"));
    return torch.conv2d(x, weight, bias, stride, padding, ONE, 1);
  }

  Tensor dense(String name, Tensor x) {
    return torch.linear(
        x, parameters.get(name + ".weight"), new TensorOptional(parameters.get(name + ".bias")));
  }

  Tensor norm(String name, int groups, Tensor x) {
    return torch.group_norm(
        x,
        groups,
        new TensorOptional(parameters.get(name + ".weight")),
        new TensorOptional(parameters.get(name + ".bias")),
        Kernels.EPSILON,
        true);
  }

  /** With the mask applied that the dropout's keys name. */
  Tensor dropped(Tensor h, Dropout dropout) {
    int images = Math.toIntExact(h.size(0));
    int length = Math.toIntExact(h.numel() / images);
    Tensor kept =
        library.onCpu()
            ? drawnHere(dropout, images, length).to(h.scalar_type())
            : TorchDropout.mask(library, dropout, images, length);
    return h.mul(kept.view(h.size(0), h.size(1), h.size(2), h.size(3)))
        .mul(new Scalar(dropout.scale()));
  }

  private Tensor drawnHere(Dropout dropout, int images, int length) {
    float[] mask = new float[images * length];
    threads.split(
        images,
        (thread, from, to) -> {
          for (int n = from; n < to; n++) {
            dropout.mask(n, mask, n * length, length);
          }
        });
    return library.upload(mask, 0, images, length);
  }
}
