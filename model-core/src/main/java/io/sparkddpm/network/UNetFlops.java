package io.sparkddpm.network;

/**
 * Floating-point operations of the network, counted from its blocks: a multiplication and an
 * addition each. Convolutions and matrix products only; the rest is below one in a hundred.
 */
public final class UNetFlops {
  private static final int MULTIPLY_ADD = 2;

  private UNetFlops() {}

  /** Operations of one image's prediction. */
  public static long forward(UNetConfig config) {
    long ch = config.channels();
    long te = config.embeddingWidth();
    int size = config.imageSize();
    long width = ch * config.multipliers().get(0);
    long sum = dense(ch, te) + dense(te, te);
    sum += convolution(config.inputChannels(), ch, 3, size);
    for (UNetPlan.Node node : UNetPlan.of(config).nodes()) {
      sum += of(node, te);
    }
    return sum + convolution(width, config.outputChannels(), 3, size);
  }

  /** Operations of one image in a training step, whose gradients cost twice the prediction. */
  public static long training(UNetConfig config) {
    return 3 * forward(config);
  }

  private static long of(UNetPlan.Node node, long te) {
    long pixels = (long) node.size() * node.size();
    return switch (node.kind()) {
      case RESIDUAL ->
          convolution(node.in(), node.out(), 3, node.size())
              + dense(te, node.out())
              + convolution(node.out(), node.out(), 3, node.size())
              + (node.in() == node.out() ? 0 : convolution(node.in(), node.out(), 1, node.size()));
      case ATTENTION ->
          4 * convolution(node.in(), node.in(), 1, node.size())
              + 2 * MULTIPLY_ADD * pixels * pixels * node.in();
      case DOWNSAMPLE -> convolution(node.in(), node.out(), 3, node.size() / 2);
      case UPSAMPLE -> convolution(node.in(), node.out(), 3, node.size() * 2);
    };
  }

  private static long dense(long in, long out) {
    return MULTIPLY_ADD * in * out;
  }

  private static long convolution(long in, long out, long kernel, long size) {
    return MULTIPLY_ADD * in * out * kernel * kernel * size * size;
  }
}
