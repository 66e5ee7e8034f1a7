package io.sparkddpm.statistics;

/**
 * An image encoder of the user's, loaded: maps images of one size to vectors. Threads may share it.
 */
public interface Encoder extends AutoCloseable {
  /**
   * Runs the network.
   *
   * @param images [N, 3, side, side], 0…1
   * @return flat [N, D]
   * @throws io.sparkddpm.error.UserException if the network does not take these, or gives no
   *     vectors
   */
  float[] run(float[] images, int count, int side);

  /** Frees the native memory. */
  @Override
  void close();
}
