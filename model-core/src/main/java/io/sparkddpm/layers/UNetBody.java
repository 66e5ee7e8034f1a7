package io.sparkddpm.layers;

import io.sparkddpm.kernels.Program;
import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.network.UNetPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Everything of the U-Net but the time embedding: from x_t and the embedding to the prediction, and
 * back. Emits its calls once; see {@link Program}.
 */
final class UNetBody {
  private record Placed(UNetPlan.Node node, Block block) {}

  private final LayerContext build;
  private final List<Placed> blocks = new ArrayList<>();
  private final TimeSignal time;
  private final Convolution first;
  private final GroupNorm lastNorm;
  private final Convolution last;

  /**
   * @param embedding time embedding [N, 4·channels]
   */
  UNetBody(LayerContext build, UNetConfig config, Tensor embedding) {
    this.build = build;
    this.time = new TimeSignal(build, embedding);
    this.first = new Convolution(build, "conv_in", 1);
    int layer = 0;
    for (UNetPlan.Node node : UNetPlan.of(config).nodes()) {
      Block block =
          switch (node.kind()) {
            case RESIDUAL -> new ResidualBlock(build, node.name(), time, config.dropout(), layer++);
            case ATTENTION -> new AttentionBlock(build, node.name());
            case DOWNSAMPLE -> new Downsample(build, node.name());
            case UPSAMPLE -> new Upsample(build, node.name());
          };
      blocks.add(new Placed(node, block));
    }
    this.lastNorm = new GroupNorm(build, "norm_out", true, null);
    this.last = new Convolution(build, "conv_out", 1);
  }

  /**
   * Emits the forward pass.
   *
   * @param x [N, C, H, W]
   */
  Tensor forward(Tensor x) {
    Deque<Tensor> skips = new ArrayDeque<>();
    Tensor h = first.forward(x);
    skips.push(h.retain());
    for (Placed placed : blocks) {
      Tensor in = h;
      if (placed.node().joinsSkip()) {
        Tensor skip = skips.pop();
        in = build.memory().allocate(h.size(0), h.size(1) + skip.size(1), h.size(2), h.size(3));
        build.kernels().concat(build.forward(), h, skip, in);
        h.release();
        skip.release();
      }
      h = placed.block().forward(in);
      in.release();
      if (placed.node().leavesSkip()) {
        skips.push(h.retain());
      }
    }
    Tensor a = lastNorm.forward(h, null);
    h.release();
    Tensor out = last.forward(a);
    a.release();
    return out;
  }

  /** Gradients by the inputs. */
  record Gradients(Tensor x, Tensor embedding) {}

  /** Emits the backward pass; does not take over {@code dout}. */
  Gradients backward(Tensor dout) {
    Tensor da = last.backward(dout);
    lastNorm.backward(da, da, null, null);
    Tensor dh = da;
    Deque<Tensor> skips = new ArrayDeque<>();
    for (int i = blocks.size() - 1; i >= 0; i--) {
      Placed placed = blocks.get(i);
      if (placed.node().leavesSkip()) {
        dh = joinSkip(dh, skips);
      }
      dh = placed.block().backward(dh);
      if (placed.node().joinsSkip()) {
        int before = i == 0 ? dh.size(1) : blocks.get(i - 1).node().out();
        Tensor straight = build.memory().allocate(dh.size(0), before, dh.size(2), dh.size(3));
        Tensor skip =
            build.memory().allocate(dh.size(0), dh.size(1) - before, dh.size(2), dh.size(3));
        build.kernels().split(build.backward(), dh, straight, skip);
        dh.release();
        dh = straight;
        skips.add(skip);
      }
    }
    dh = joinSkip(dh, skips);
    Tensor dx = first.backward(dh);
    dh.release();
    return new Gradients(dx, time.backward());
  }

  /** Adds the gradient that came back over the skip; skips return in reverse order. */
  private Tensor joinSkip(Tensor dh, Deque<Tensor> skips) {
    Tensor skip = skips.removeLast();
    build.kernels().addInPlace(build.backward(), skip, dh);
    skip.release();
    return dh;
  }
}
