package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class LearningRateTest {
  @Test
  void allWarmUpLinearlyFromZero() {
    LearningRate[] rates = {
      new LearningRate.Constant(1e-3, 10),
      new LearningRate.InverseSqrt(1e-3, 10, 1000),
      new LearningRate.Cosine(1e-3, 10, Long.MAX_VALUE)
    };
    for (LearningRate rate : rates) {
      assertEquals(0, rate.at(0));
      assertEquals(5e-4, rate.at(5), 1e-18);
      assertEquals(1e-3, rate.at(10), 1e-18);
    }
    assertEquals(1e-3, new LearningRate.Constant(1e-3, 0).at(0));
  }

  /** Karras et al. 2024, eq. 67. */
  @Test
  void inverseSqrtHalvesWithFourTimesTheSteps() {
    LearningRate rate = new LearningRate.InverseSqrt(0.01, 0, 100);
    assertEquals(0.01, rate.at(100));
    assertEquals(0.005, rate.at(400), 1e-15);
    assertEquals(0.0025, rate.at(1600), 1e-15);
  }

  @Test
  void cosineFallsToZeroAndStaysThere() {
    LearningRate rate = new LearningRate.Cosine(0.01, 0, 100);
    assertEquals(0.01, rate.at(0));
    assertEquals(0.01 * (2 + Math.sqrt(2)) / 4, rate.at(25), 1e-15);
    assertEquals(0.005, rate.at(50), 1e-15);
    assertEquals(0, rate.at(100), 1e-17);
    assertEquals(0, rate.at(1000), 1e-17);
  }

  @Test
  void refusesARateOfZero() {
    var e = assertThrows(IllegalArgumentException.class, () -> new LearningRate.Constant(0, 10));
    assertEquals("learning-rate must be in (0, 10), got 0.0", e.getMessage());
  }
}
