package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

/** A resize from one size to a square. Immutable, thread-safe. */
abstract class OneSizeResize implements InputResize {
  final int inHeight;
  final int inWidth;
  final int out;

  /** From images of inHeight × inWidth to out × out. */
  OneSizeResize(int inHeight, int inWidth, int out) {
    checkArgument(
        inHeight >= 1 && inWidth >= 1 && out >= 1,
        "cannot resize %dx%d to %dx%d",
        inHeight,
        inWidth,
        out,
        out);
    this.inHeight = inHeight;
    this.inWidth = inWidth;
    this.out = out;
  }

  @Override
  public final boolean takes(int height, int width) {
    return height == inHeight && width == inWidth;
  }
}
