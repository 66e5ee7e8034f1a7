package io.sparkddpm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DropoutTest {
  @Test
  void dropsItsShareAndIsKeyedByExample() {
    Dropout dropout = new Dropout(0.1, 4, new long[] {1, 2, 1});
    int kept = 0;
    int same = 0;
    int n = 100_000;
    for (int i = 0; i < n; i++) {
      boolean first = dropout.keeps(dropout.key(0), i);
      kept += first ? 1 : 0;
      same += first == dropout.keeps(dropout.key(1), i) ? 1 : 0;
    }
    // Binomial: standard deviations of 95 and 122.
    assertEquals(0.9 * n, kept, 500);
    assertEquals(0.82 * n, same, 600);
    assertEquals(dropout.key(0), dropout.key(2));
  }
}
