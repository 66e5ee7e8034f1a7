package io.sparkddpm.spark.training.exchange;

import java.io.Serializable;

/**
 * Identifies a round among all those of this application, whichever run they belong to.
 *
 * @param run unique in the application
 * @param number of the round in its run, ascending from 0
 */
record RoundKey(long run, long number) implements Serializable {
  /** More than the numbers that Spark gives to broadcasts, and than the rounds of a run. */
  private static final int BITS = 40;

  /** For Spark's {@code removeBroadcast}: the round's blocks pass for those of a broadcast. */
  long removalId() {
    return ((run + 1) << BITS) + number;
  }

  /** The round of its run before it; there is none before the first. */
  RoundKey previous() {
    return new RoundKey(run, number - 1);
  }

  /** Whether it belongs to the same run and came before. */
  boolean isBefore(RoundKey other) {
    return run == other.run && number < other.number;
  }
}
