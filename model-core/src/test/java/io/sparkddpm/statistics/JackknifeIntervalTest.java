package io.sparkddpm.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class JackknifeIntervalTest {
  /** Of a mean, the jackknife's error is the textbook's s/√n. */
  @Test
  void ofAMeanIsTheStandardError() {
    double[] x = {3, 1, 4, 1, 5, 9, 2, 6};
    double sum = 31;
    double[] leftOut = new double[x.length];
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      leftOut[i] = (sum - x[i]) / (x.length - 1);
      squares += (x[i] - sum / x.length) * (x[i] - sum / x.length);
    }
    double expected = Math.sqrt(squares / (x.length - 1) / x.length);
    JackknifeInterval interval = JackknifeInterval.of(sum / x.length, leftOut);
    assertEquals(expected, interval.standardError(), 1e-12);
    assertEquals(sum / x.length + 2.365 * expected, interval.high(), 1e-9);
    assertEquals(sum / x.length - 2.365 * expected, interval.low(), 1e-9);
    assertEquals(8, interval.groups());
  }

  @Test
  void oneGroupIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> JackknifeInterval.of(1, new double[] {1.0}));
  }
}
