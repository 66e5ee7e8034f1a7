package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AveragingPeriodTest {
  /** The ends of a period's rounds; each step must belong to the round that it is in. */
  private static List<Long> ends(AveragingPeriod period, long until) {
    List<Long> ends = new ArrayList<>();
    for (long first = 0; first < until; ) {
      RoundSpan round = period.round(first);
      for (long step = first; step < round.end(); step++) {
        assertEquals(round, period.round(step), "step " + step);
      }
      assertEquals(first, round.first());
      ends.add(round.end());
      first = round.end();
    }
    return ends;
  }

  @Test
  void constantRoundsAreEquallyLong() {
    assertEquals(List.of(3L, 6L, 9L), ends(new AveragingPeriod.Constant(3), 9));
    assertEquals(AveragingMode.PARAMETERS, new AveragingPeriod.Constant(3).round(7).averages());
  }

  @Test
  void postLocalBeginsWithGradientsOfEachStep() {
    AveragingPeriod period = new AveragingPeriod.PostLocal(3, 4);
    assertEquals(List.of(1L, 2L, 3L, 7L, 11L), ends(period, 11));
    assertEquals(AveragingMode.GRADIENTS, period.round(2).averages());
    assertEquals(AveragingMode.PARAMETERS, period.round(3).averages());
  }

  @Test
  void growingRoundsAreMultipliedAfterEachPhaseUpToTheLargest() {
    AveragingPeriod period = new AveragingPeriod.Growing(1, 3, 4, 5);
    // phases of 4 steps with 1 and 3 steps a round, the last round of the second cut short; then 5
    assertEquals(List.of(1L, 2L, 3L, 4L, 7L, 8L, 13L, 18L, 23L), ends(period, 20));
    assertEquals(
        new RoundSpan(AveragingMode.PARAMETERS, 1_000_000_003L, 1_000_000_008L),
        period.round(1_000_000_007L));
  }

  @Test
  void refusesALargestBelowTheFirst() {
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> new AveragingPeriod.Growing(8, 2, 10, 4));
    assertEquals("largest must be at least steps (8), got 4", e.getMessage());
  }
}
