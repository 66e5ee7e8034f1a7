package io.sparkddpm.spark.train;

/**
 * The vectors from which this process's workers start a round, fetched once for all of them into
 * the same arrays as those of the round before. Thread-safe.
 */
final class StartVectors {
  /** One for the whole JVM. */
  static final StartVectors SHARED = new StartVectors();

  private long round = -1;
  private BlockGrid grid;
  private Vectors vectors;
  private boolean whole;

  /**
   * What was averaged; only to be read, until the next round's is asked for.
   *
   * @throws LostBlocksException if some of it is gone
   */
  synchronized float[][] of(Averages averages) {
    if (averages.round() < round) {
      // A task that was overtaken: it must not overwrite what others are reading.
      throw new IllegalStateException("round " + averages.round() + " is over");
    }
    if (averages.round() > round || !whole) {
      if (vectors == null || !averages.grid().equals(grid)) {
        clear(); // first, that there is room
        grid = averages.grid();
        vectors = Vectors.of(grid);
      }
      round = averages.round();
      whole = false;
      averages.readInto(vectors);
      whole = true;
    }
    return vectors.arrays();
  }

  /** Gives their memory back, for a round that starts from elsewhere. */
  synchronized void clear() {
    vectors = null;
    whole = false;
  }
}
