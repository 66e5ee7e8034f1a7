package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.random.RandomStream;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/**
 * One of the jobs of a soak run: its commands, and what must come of them. One thread at a time.
 */
interface Scenario {
  /** Distinct for scenarios with different results. */
  String name();

  /**
   * The command lines that make the result, to be run in this order, each until it succeeds.
   *
   * @param directory where the result goes
   * @param threads of a task
   */
  List<List<String>> commands(SoakDirectory directory, int threads) throws InterruptedException;

  /** About how often the names of the files in its directory change while a command runs. */
  int changes();

  /** Prepares a command's first attempt. */
  default void before(Path dir, int command) {}

  /** May change what the next attempt at a command finds. */
  default void betweenAttempts(Path dir, RandomStream random) {}

  /** How much is whole there, in any unit: no fault may ever make it less. */
  long whole(Path dir);

  /** Whether all that a command makes is there, if not the end of its process. */
  boolean isMade(Path dir, int command);

  /** All that must be the same however it was made: hashes and numbers by their names. */
  SortedMap<String, String> content(Path dir);

  /**
   * The scenario that makes the same result undisturbed.
   *
   * @param dir where a disturbed one has ended
   */
  default Scenario undisturbed(Path dir) {
    return this;
  }
}
