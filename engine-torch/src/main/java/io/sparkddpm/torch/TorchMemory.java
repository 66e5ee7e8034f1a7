package io.sparkddpm.torch;

import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.network.UNetPlan;

/**
 * What a training step of {@link TorchUNet} holds at once, counted from what each operation's
 * gradient keeps; a little more than was measured.
 */
final class TorchMemory {
  /** Parameters, gradient and two moments. */
  private static final int VECTORS = 4;

  /** Copies of the largest tensor that a backward pass works with: gradients, other layouts. */
  private static final int WORKING_COPIES = 8;

  /** Room that the allocator leaves between tensors. */
  private static final double FRAGMENTS = 1.25;

  /** Activations of bfloat16 beside those of float32: norms keep theirs in float32. */
  private static final double BFLOAT16_SHARE = 0.7;

  private TorchMemory() {}

  /** Bytes of a model and of the activations of {@code images} in a training step. */
  static long trainingBytes(UNetConfig network, int images, boolean bfloat16) {
    long kept = 0;
    long largest = 0;
    for (UNetPlan.Node node : UNetPlan.of(network).nodes()) {
      long in = floats(node.in(), node.size());
      long out = floats(node.out(), node.size());
      kept +=
          switch (node.kind()) {
              // The joined input, norm1 and its activation; the first convolution, norm2 and its
              // activation, a mask and what it leaves; the result.
            case RESIDUAL ->
                (node.joinsSkip() ? 3 : 2) * in + (network.dropout() > 0 ? 6 : 4) * out;
              // The norm, three kinds of rows, what was attended in two layouts, the result; as
              // products of matrices also the weights, in both types.
            case ATTENTION -> 7 * in + (bfloat16 ? 2 * weights(node.size()) : 0);
              // The padded input and the result.
            case DOWNSAMPLE -> floats(node.in(), node.size() + 1) + out / 4;
              // The larger input and the result.
            case UPSAMPLE -> 8 * in;
          };
      largest = Math.max(largest, Math.max(in, out));
    }
    double share = bfloat16 ? BFLOAT16_SHARE : 1;
    double activations = FRAGMENTS * share * images * (kept + WORKING_COPIES * largest);
    long vectors = VECTORS * network.spec().parameterCount();
    return (vectors + (long) activations) * Float.BYTES;
  }

  /** Of every place for every place. */
  private static long weights(int size) {
    long places = (long) size * size;
    return places * places;
  }

  private static long floats(int channels, int size) {
    return (long) channels * size * size;
  }
}
