package io.sparkddpm.spark.training.exchange;

import java.io.Serializable;

/**
 * The vectors from which this process's workers start a round of a run, fetched once for all of
 * them into the same arrays as those of the round before. It travels empty, as a broadcast: each
 * process has one, and the vectors go when the broadcast is destroyed. Thread-safe.
 */
final class ModelStateCache implements Serializable {
  private static final long serialVersionUID = 1L;

  private transient Averages held;
  private transient BlockedVectors vectors;
  private transient boolean whole;

  /**
   * What was averaged; only to be read, until the next round's is asked for.
   *
   * @throws LostBlocksException if some of it is gone
   */
  synchronized float[][] of(Averages averages) {
    if (held != null && averages.round().isBefore(held.round())) {
      // A task that was overtaken: it must not overwrite what others are reading.
      throw new IllegalStateException("round " + averages.round().number() + " is over");
    }
    if (held == null || !averages.round().equals(held.round()) || !whole) {
      if (vectors == null || !averages.grid().equals(held.grid())) {
        clear(); // first, that there is room
        vectors = BlockedVectors.of(averages.grid());
      }
      held = averages;
      whole = false;
      averages.readInto(BlockStore.Kind.AVERAGE, vectors);
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
