package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;

/** Floating-point operations of what nodes are made of, for one item. */
public final class Flops {
  private static final long MULTIPLY_ADD = 2;

  private Flops() {}

  /** A dense layer's. */
  public static long dense(long in, long out) {
    return MULTIPLY_ADD * in * out;
  }

  /**
   * A convolution's.
   *
   * @param in channels of its input
   * @param out shape of its output, channels first
   */
  public static long convolution(long in, Shape out, Kernel kernel) {
    return MULTIPLY_ADD * in * out.length() * kernel.places();
  }

  /** The two matrix products of self-attention between all places of a shape. */
  public static long attention(Shape in) {
    return 2 * MULTIPLY_ADD * places(in) * in.length();
  }

  /** Places of a shape: the product of its dimensions but the channels. */
  public static long places(Shape shape) {
    return shape.length() / shape.dim(0);
  }
}
