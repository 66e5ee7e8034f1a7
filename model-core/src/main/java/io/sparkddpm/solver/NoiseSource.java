package io.sparkddpm.solver;

/**
 * Gives standard normal noise for the items of one batch. An item's first draw is its x_T, the
 * following ones its z, step by step. One thread at a time.
 */
@FunctionalInterface
public interface NoiseSource {
  /**
   * Draws the next noise of an item.
   *
   * @param item its place in the batch
   * @param destination receives {@code length} values from {@code offset} on
   */
  void fill(int item, float[] destination, int offset, int length);

  /**
   * Draws a uniform number in [0, 1) of an item, in place of noise: what solvers of tokens take.
   *
   * @throws UnsupportedOperationException if the source is of normal noise alone
   */
  default double nextUniform(int item) {
    throw new UnsupportedOperationException("this source gives normal noise alone");
  }
}
