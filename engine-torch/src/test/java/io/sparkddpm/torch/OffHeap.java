package io.sparkddpm.torch;

import static org.junit.jupiter.api.Assertions.fail;

import org.bytedeco.javacpp.Pointer;

/** Whether code frees all that it allocates off the heap, without waiting for the collector. */
final class OffHeap {
  /** The collector may free at any time what earlier tests dropped, so one run proves nothing. */
  private static final int RUNS = 10;

  private OffHeap() {}

  /**
   * Fails unless one of some runs ends with as many native objects as it began with; a leak shows
   * in each.
   */
  static void assertFreed(Runnable code) {
    StringBuilder changes = new StringBuilder();
    for (int i = 0; i < RUNS; i++) {
      long before = Pointer.totalCount();
      code.run();
      long change = Pointer.totalCount() - before;
      if (change == 0) {
        return;
      }
      changes.append(' ').append(change);
    }
    fail("native objects left by each run:" + changes);
  }
}
