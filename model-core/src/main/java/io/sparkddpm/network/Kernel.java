package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.tensor.Shape;

/**
 * Places that the kernel of a convolution covers. Where it covers a single one, as along the height
 * of sounds [C, 1, L], neighbours along that dimension are not seen, and {@link Downsample} and
 * {@link Upsample} keep its size.
 *
 * @param height odd
 * @param width odd
 */
public record Kernel(int height, int width) {
  /** 1×1: a linear map of the channels. */
  public static final Kernel POINT = square(1);

  /** Checks the sizes. */
  public Kernel {
    checkArgument(
        height >= 1 && width >= 1 && height % 2 == 1 && width % 2 == 1,
        "a kernel must cover an odd number of places, got %s×%s",
        height,
        width);
  }

  /** As wide as high. */
  public static Kernel square(int size) {
    return new Kernel(size, size);
  }

  /** Along the width alone. */
  public static Kernel row(int width) {
    return new Kernel(1, width);
  }

  /** How many they are. */
  public int places() {
    return height * width;
  }

  /** A shape half as large along each dimension that has neighbours. */
  Shape halved(Shape in) {
    return Shape.of(in.dim(0), in.dim(1) / factor(height), in.dim(2) / factor(width));
  }

  /** A shape twice as large along each dimension that has neighbours. */
  Shape doubled(Shape in) {
    return Shape.of(in.dim(0), in.dim(1) * factor(height), in.dim(2) * factor(width));
  }

  /** A shape one place larger along each dimension that has neighbours. */
  Shape padded(Shape in) {
    return Shape.of(in.dim(0), in.dim(1) + factor(height) - 1, in.dim(2) + factor(width) - 1);
  }

  private static int factor(int places) {
    return places == 1 ? 1 : 2;
  }
}
