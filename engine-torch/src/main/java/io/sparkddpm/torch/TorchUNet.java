package io.sparkddpm.torch;

import io.sparkddpm.kernels.Dropout;
import io.sparkddpm.kernels.Threads;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.network.UNetPlan;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The U-Net of Ho et al. 2020 (app. B) as operations that LibTorch differentiates. Every call
 * stands in a {@link PointerScope} of the caller's; tensors within a block are freed with the
 * block, as far as the backward pass does not hold them.
 */
final class TorchUNet {
  private static final long GROUPS = 32;
  private static final double EPSILON = 1e-6;
  private static final long[] NONE = {0, 0};
  private static final long[] ONE = {1, 1};
  private static final long[] TWO = {2, 2};

  private final LibTorch library;
  private final UNetConfig config;
  private final Threads threads;
  private final Map<String, Tensor> parameters;

  /**
   * @param threads for what is computed on the JVM; the caller's
   * @param parameters by their official names
   */
  TorchUNet(LibTorch library, UNetConfig config, Threads threads, Map<String, Tensor> parameters) {
    this.library = library;
    this.config = config;
    this.threads = threads;
    this.parameters = parameters;
  }

  /**
   * The prediction, float32 [N, C, H, W].
   *
   * @param x [N, C, H, W]
   * @param sinusoids of the timesteps, [N, channels]
   * @param keys of the dropout masks, one an image; null for inference
   */
  Tensor forward(Tensor x, Tensor sinusoids, long[] keys) {
    Tensor time =
        freeing(
            () -> {
              Tensor hidden = torch.silu(dense("temb_dense0", sinusoids));
              return torch.silu(dense("temb_dense1", hidden));
            });
    Deque<Tensor> skips = new ArrayDeque<>();
    Tensor h = freeing(() -> convolution("conv_in", x, ONE, ONE));
    skips.push(h);
    int layer = 0;
    for (UNetPlan.Node node : UNetPlan.of(config).nodes()) {
      Tensor in = h;
      Tensor skip = node.joinsSkip() ? skips.pop() : null;
      boolean kept = skips.contains(in);
      int index = layer;
      h = freeing(() -> block(node, skip == null ? in : join(in, skip), time, keys, index));
      layer += node.kind() == UNetPlan.Kind.RESIDUAL ? 1 : 0;
      if (!kept) {
        in.close();
      }
      if (skip != null) {
        skip.close();
      }
      if (node.leavesSkip()) {
        skips.push(h);
      }
    }
    Tensor last = h;
    return freeing(
        () -> {
          Tensor activated = torch.silu(norm("norm_out", last));
          return convolution("conv_out", activated, ONE, ONE).to(torch.ScalarType.Float);
        });
  }

  /** Runs {@code body} and frees the tensors that it made, but for its result. */
  private static Tensor freeing(Supplier<Tensor> body) {
    PointerScope outer = PointerScope.getInnerScope();
    try (PointerScope inner = new PointerScope()) {
      Tensor result = body.get();
      outer.attach(result);
      return result;
    }
  }

  private Tensor block(UNetPlan.Node node, Tensor x, Tensor time, long[] keys, int layer) {
    String name = node.name();
    return switch (node.kind()) {
      case RESIDUAL -> residual(name, x, time, keys, layer);
      case ATTENTION -> attention(name, x);
      case DOWNSAMPLE ->
          convolution(name + ".conv", torch.constant_pad_nd(x, 0, 1, 0, 1), TWO, NONE);
      case UPSAMPLE -> {
        long[] size = {2 * x.size(2), 2 * x.size(3)};
        yield convolution(name + ".conv", torch.upsample_nearest2d(x, size), ONE, ONE);
      }
    };
  }

  private static Tensor join(Tensor x, Tensor skip) {
    return torch.cat(new TensorVector(x, skip), 1);
  }

  /**
   * @param time SiLU of the time embedding, [N, 4·channels]
   */
  private Tensor residual(String name, Tensor x, Tensor time, long[] keys, int layer) {
    Tensor h = torch.silu(norm(name + ".norm1", x));
    Tensor shift = dense(name + ".temb_proj", time).unsqueeze(2).unsqueeze(3);
    h = convolution(name + ".conv1", h, ONE, ONE).add(shift);
    h = torch.silu(norm(name + ".norm2", h));
    if (keys != null && config.dropout() > 0) {
      h = dropped(h, new Dropout(config.dropout(), layer, keys));
    }
    h = convolution(name + ".conv2", h, ONE, ONE);
    String shortcut = name + ".nin_shortcut";
    boolean widens = parameters.containsKey(shortcut + ".weight");
    return (widens ? convolution(shortcut, x, ONE, NONE) : x).add(h);
  }

  private Tensor dropped(Tensor h, Dropout dropout) {
    int images = Math.toIntExact(h.size(0));
    int length = Math.toIntExact(h.numel() / images);
    float[] mask = new float[images * length];
    threads.split(
        images,
        (thread, from, to) -> {
          for (int n = from; n < to; n++) {
            dropout.mask(n, mask, n * length, length);
          }
        });
    Tensor kept = library.upload(mask, 0, images, h.size(1), h.size(2), h.size(3));
    return h.mul(kept.to(h.scalar_type())).mul(new Scalar(dropout.scale()));
  }

  private Tensor attention(String name, Tensor x) {
    long images = x.size(0);
    long channels = x.size(1);
    long pixels = x.size(2) * x.size(3);
    Tensor h = norm(name + ".norm", x);
    Tensor q = convolution(name + ".q", h, ONE, NONE).reshape(images, channels, pixels);
    Tensor k = convolution(name + ".k", h, ONE, NONE).reshape(images, channels, pixels);
    Tensor v = convolution(name + ".v", h, ONE, NONE).reshape(images, channels, pixels);
    boolean byImage = library.onCpu() && !library.rounds();
    Tensor attended = byImage ? attendByImage(q, k, v) : attend(q, k, v);
    Tensor image = attended.reshape(images, channels, x.size(2), x.size(3));
    return x.add(convolution(name + ".proj_out", image, ONE, NONE));
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

  private Tensor convolution(String name, Tensor x, long[] stride, long[] padding) {
    return torch.conv2d(
        x,
        parameters.get(name + ".weight"),
        new TensorOptional(parameters.get(name + ".bias")),
        stride,
        padding,
        ONE,
        1);
  }

  private Tensor dense(String name, Tensor x) {
    return torch.linear(
        x, parameters.get(name + ".weight"), new TensorOptional(parameters.get(name + ".bias")));
  }

  private Tensor norm(String name, Tensor x) {
    return torch.group_norm(
        x,
        GROUPS,
        new TensorOptional(parameters.get(name + ".weight")),
        new TensorOptional(parameters.get(name + ".bias")),
        EPSILON,
        true);
  }
}
