package io.sparkddpm.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormalQuantileTest {
  /** Values of CPython's statistics.NormalDist().inv_cdf, the same algorithm. */
  @ParameterizedTest
  @CsvSource({
    "1.1102230246251565e-16, -8.209536151601386",
    "1e-14, -7.650628092935268",
    "1e-09, -5.9978070150076865",
    "1e-05, -4.2648907939228256",
    "0.001, -3.090232306167813",
    "0.025, -1.9599639845400538",
    "0.074, -1.4466320671589785",
    "0.076, -1.4325027208258114",
    "0.1, -1.2815515655446008",
    "0.25, -0.6744897501960817",
    "0.4, -0.2533471031357998",
    "0.49999, -2.506628274896002e-05",
    "0.6, 0.2533471031357998",
    "0.925, 1.439531470938456",
    "0.93, 1.4757910281791708",
    "0.975, 1.9599639845400536",
    "0.999, 3.090232306167813",
    "0.9999999999990905, 7.047700256664409"
  })
  void equalsAnIndependentProgram(double p, double expected) {
    assertEquals(expected, NormalQuantile.of(p), 2e-15 * Math.max(1, Math.abs(expected)));
  }

  @Test
  void isOddAboutTheMiddle() {
    assertEquals(0.0, NormalQuantile.of(0.5));
    for (double p = 0x1p-53; p < 0.5; p *= 1.7) {
      if (1 - (1 - p) == p) {
        assertEquals(-NormalQuantile.of(p), NormalQuantile.of(1 - p), 0.0, "p=" + p);
      }
    }
  }

  @Test
  void refusesTheEnds() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> NormalQuantile.of(1.0));
    assertEquals("p must be in (0, 1), got 1.0", e.getMessage());
  }
}
