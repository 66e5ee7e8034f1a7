package io.sparkddpm.statistics;

/** Brings images of one size to the network's input. Thread-safe. */
public interface InputResize {
  /** Whether this takes images of that size. */
  boolean takes(int height, int width);

  /**
   * Resizes and scales one image.
   *
   * @param pixels holds [H, W, 3] unsigned bytes from {@code offset} on
   * @param target receives [3, out, out], about −1…1
   */
  void toInput(byte[] pixels, int offset, float[] target);
}
