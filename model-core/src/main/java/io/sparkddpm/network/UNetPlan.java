package io.sparkddpm.network;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The sequence of blocks of a U-Net and how the skip connections join them; Ho et al. 2020, app. B
 * and the official code. Pure description: no memory, no kernels.
 *
 * @param nodes every block between the first convolution and the last normalisation, in order
 */
public record UNetPlan(List<Node> nodes) {
  /** What a block is. */
  public enum Kind {
    RESIDUAL,
    ATTENTION,
    DOWNSAMPLE,
    UPSAMPLE
  }

  /**
   * One block.
   *
   * @param name the official name
   * @param in channels of its input, the concatenated skip included
   * @param out channels of its output
   * @param size height and width of its input
   * @param joinsSkip whether the latest skip is concatenated to the input
   * @param leavesSkip whether the output is kept as a skip
   */
  public record Node(
      Kind kind, String name, int in, int out, int size, boolean joinsSkip, boolean leavesSkip) {}

  /** The blocks of a network of that shape. */
  public static UNetPlan of(UNetConfig config) {
    List<Node> nodes = new ArrayList<>();
    int levels = config.multipliers().size();
    int size = config.imageSize();
    int width = config.channels();
    Deque<Integer> skips = new ArrayDeque<>();
    skips.push(width);
    for (int level = 0; level < levels; level++) {
      boolean attends = config.attention().contains(size);
      for (int block = 0; block < config.blocks(); block++) {
        int out = config.width(level);
        String prefix = "down_" + level;
        nodes.add(
            new Node(Kind.RESIDUAL, prefix + "_block_" + block, width, out, size, false, !attends));
        width = out;
        if (attends) {
          nodes.add(
              new Node(Kind.ATTENTION, prefix + "_attn_" + block, width, width, size, false, true));
        }
        skips.push(width);
      }
      if (level != levels - 1) {
        nodes.add(
            new Node(
                Kind.DOWNSAMPLE, "down_" + level + "_downsample", width, width, size, false, true));
        skips.push(width);
        size /= 2;
      }
    }
    nodes.add(new Node(Kind.RESIDUAL, "mid_block_1", width, width, size, false, false));
    nodes.add(new Node(Kind.ATTENTION, "mid_attn_1", width, width, size, false, false));
    nodes.add(new Node(Kind.RESIDUAL, "mid_block_2", width, width, size, false, false));
    for (int level = levels - 1; level >= 0; level--) {
      boolean attends = config.attention().contains(size);
      String prefix = "up_" + level;
      for (int block = 0; block <= config.blocks(); block++) {
        int out = config.width(level);
        nodes.add(
            new Node(
                Kind.RESIDUAL,
                prefix + "_block_" + block,
                width + skips.pop(),
                out,
                size,
                true,
                false));
        width = out;
        if (attends) {
          nodes.add(
              new Node(
                  Kind.ATTENTION, prefix + "_attn_" + block, width, width, size, false, false));
        }
      }
      if (level != 0) {
        nodes.add(new Node(Kind.UPSAMPLE, prefix + "_upsample", width, width, size, false, false));
        size *= 2;
      }
    }
    return new UNetPlan(List.copyOf(nodes));
  }
}
