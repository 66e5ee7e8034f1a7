package io.sparkddpm.medium;

import java.util.List;

/**
 * Items that the program draws by itself, to try a medium out without data. Item i is a pure
 * function of (seed, i); classes take turns.
 */
public interface DrawnItems {
  /** What they are called on the command line. */
  String name();

  /** Extension of an item's file, without the dot. */
  String extension();

  /** Names of the classes, by label; none where items are lines. */
  List<String> classNames();

  /** Whether items are lines of one file rather than files. */
  default boolean areLines() {
    return false;
  }

  /**
   * The file of an item, of class {@code index} modulo the number of classes, or its line.
   *
   * @param index from 0
   */
  byte[] file(long seed, long index);
}
