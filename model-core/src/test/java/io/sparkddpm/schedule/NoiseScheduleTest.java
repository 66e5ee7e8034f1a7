package io.sparkddpm.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NoiseScheduleTest {
  private static final NoiseSchedule LINEAR = NoiseSchedule.of(ScheduleConfig.DEFAULTS);
  private static final NoiseSchedule COSINE = NoiseSchedule.of(new CosineSchedule(1000));

  /** Values of an independent program in float64, given to ten digits and more. */
  @ParameterizedTest
  @CsvSource({
    "LINEAR, 0,   0.9999,            0,                 1,               0",
    "LINEAR, 1,   0.999780092072,    5.4531876613e-05,  0.5452914995,    0.454708499",
    "LINEAR, 99,  0.897018145675,    0.00203459625949,  0.01907634532,   0.9808960213",
    "LINEAR, 499, 0.0785872428818,   0.0100313554146,   0.003070071114,  0.9941066702",
    "LINEAR, 999, 4.03582976538e-05, 0.0199999835266,   1.283514872e-04, 0.9899486783",
    "COSINE, 0,   0.999958715775,    0,                 1,               0",
    "COSINE, 499, 0.493843590441,    0.00313619990406,  0.004374588226,  0.9953516195",
    "COSINE, 999, 2.42876690703e-09, 0.998997576088,    0.001556891715,  0.03162269987",
  })
  void goldenTables(String type, int t, double cumprod, double variance, double x0, double xt) {
    NoiseSchedule schedule = type.equals("LINEAR") ? LINEAR : COSINE;
    assertRelative(cumprod, schedule.alphaCumprod(t), 1e-11);
    assertRelative(variance, schedule.posteriorVariance(t), 1e-10);
    assertRelative(x0, schedule.posteriorMeanCoefX0(t), 1e-9);
    assertRelative(xt, schedule.posteriorMeanCoefXt(t), 1e-9);
  }

  @Test
  void goldenSums() {
    assertRelative(10.05, IntStream.range(0, 1000).mapToDouble(LINEAR::beta).sum(), 1e-13);
    assertRelative(
        275.513233396806, IntStream.range(0, 1000).mapToDouble(LINEAR::alphaCumprod).sum(), 1e-14);
    assertRelative(
        10.0355056107043,
        IntStream.range(0, 1000).mapToDouble(LINEAR::posteriorVariance).sum(),
        1e-13);
    assertRelative(-9.81672513529567, LINEAR.posteriorLogVarianceClipped(0), 1e-12);
    assertEquals(LINEAR.posteriorLogVarianceClipped(0), LINEAR.posteriorLogVarianceClipped(1), 0.0);
    assertEquals(0.02, LINEAR.beta(999), 0.0);
    assertEquals(0.999, COSINE.beta(999), 0.0);
  }

  /** β_0, β_{T−1} and ᾱ_{T−1} of improved-diffusion's {@code get_named_beta_schedule}. */
  @ParameterizedTest
  @CsvSource({
    "100, 0.001, 0.2, 2.03900897556408e-05",
    "200, 0.0005, 0.1, 3.03183716723191e-05",
    "1000, 0.0001, 0.02, 4.03582976537568e-05",
    "4000, 2.5e-05, 0.005, 4.24665227580225e-05"
  })
  void rescaledLinear(int steps, double first, double last, double cumprod) {
    NoiseSchedule schedule = NoiseSchedule.of(new LinearSchedule(steps, 1e-4, 0.02, true));
    assertRelative(first, schedule.beta(0), 1e-14);
    assertRelative(last, schedule.beta(steps - 1), 1e-14);
    assertRelative(cumprod, schedule.alphaCumprod(steps - 1), 1e-11);
  }

  @Test
  void tooFewStepsForRescaling() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> new LinearSchedule(20, 1e-4, 0.02, true));
    assertEquals(
        "rescaled to 20 steps beta-end becomes 1.0, it must stay below 1: take at least 21 steps",
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10, 1000, 4000})
  void tablesAgreeWithEachOther(int steps) {
    for (ScheduleConfig config : Schedules.of(steps)) {
      NoiseSchedule s = NoiseSchedule.of(config);
      assertEquals(steps, s.steps());
      assertEquals(1.0, s.alphaCumprodPrev(0), 0.0);
      assertEquals(1.0, s.posteriorMeanCoefX0(0), 0.0);
      assertEquals(0.0, s.posteriorMeanCoefXt(0), 0.0);
      assertTrue(Double.isFinite(s.posteriorLogVarianceClipped(0)));
      for (int t = 0; t < steps; t++) {
        assertTrue(s.beta(t) > 0 && s.beta(t) < 1, config + " t=" + t);
        assertEquals(1.0, s.alphaCumprod(t) + s.oneMinusAlphaCumprod(t), 1e-12);
        assertRelative(s.alphaCumprod(t), Math.pow(s.sqrtAlphaCumprod(t), 2), 1e-15);
        assertRelative(
            s.oneMinusAlphaCumprod(t), Math.pow(s.sqrtOneMinusAlphaCumprod(t), 2), 1e-15);
        // the posterior mean of x_t without noise is x_{t−1} without noise
        assertRelative(
            Math.sqrt(s.alphaCumprodPrev(t)),
            s.posteriorMeanCoefX0(t) + s.posteriorMeanCoefXt(t) * s.sqrtAlphaCumprod(t),
            1e-12);
        if (t > 0) {
          assertEquals(s.alphaCumprod(t - 1), s.alphaCumprodPrev(t), 0.0);
          assertEquals(s.oneMinusAlphaCumprod(t - 1), s.oneMinusAlphaCumprodPrev(t), 0.0);
        }
      }
    }
  }

  @Test
  void refusesBadInput() {
    assertEquals(
        "beta must be in (0, 1), got 1.0 at t=1",
        assertThrows(IllegalArgumentException.class, () -> NoiseSchedule.ofBetas(0.1, 1.0))
            .getMessage());
  }

  private static void assertRelative(double expected, double actual, double tolerance) {
    assertEquals(expected, actual, tolerance * Math.abs(expected));
  }
}
