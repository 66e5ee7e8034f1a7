package io.sparkddpm.engine;

import java.util.stream.IntStream;

/** A vector in pieces, so that all processors work on it. */
public final class VectorPieces {
  private static final int LENGTH = 1 << 18;

  private VectorPieces() {}

  /** What is done with a piece; several threads at a time call it. */
  @FunctionalInterface
  public interface Action {
    /**
     * Takes the values in [{@code offset}, {@code offset + length}).
     *
     * @param offset a multiple of 2^18
     */
    void take(int offset, int length);
  }

  /**
   * Takes each piece of a vector once, and returns when all are done.
   *
   * @param length of the vector
   */
  public static void forEach(int length, Action action) {
    IntStream.rangeClosed(0, Math.floorDiv(length - 1, LENGTH))
        .parallel()
        .map(piece -> piece * LENGTH)
        .forEach(offset -> action.take(offset, Math.min(LENGTH, length - offset)));
  }
}
