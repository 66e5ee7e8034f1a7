package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class QuarterLossesTest {
  @Test
  void quartersHoldWhatFallsIntoThem() {
    QuarterLosses losses = new QuarterLosses(1000);
    losses.add(0, 1, 2, 1);
    losses.add(249, 3, 6, 1);
    losses.add(250, 5, 10, 1);
    losses.add(999, 7, 14, 1);
    QuarterLosses more = new QuarterLosses(1000);
    more.add(998, 9, 18, 1);
    losses.merge(more);
    losses.merge(new QuarterLosses(1000));
    assertEquals(2, losses.mean(0));
    assertEquals(5, losses.mean(1));
    assertTrue(Double.isNaN(losses.mean(2)));
    assertEquals(8, losses.mean(3));
    assertEquals(16, losses.meanError(3));
    assertTrue(Double.isNaN(losses.meanError(2)));
    assertEquals(2, losses.weight(3));
    assertEquals(
        "losses over 1000 and 10 timesteps do not merge",
        assertThrows(IllegalArgumentException.class, () -> losses.merge(new QuarterLosses(10)))
            .getMessage());
  }

  @Test
  void meansDoNotDependOnHowOftenATimestepIsDrawn() {
    QuarterLosses losses = new QuarterLosses(8);
    losses.add(0, 4, 8, 0.5); // drawn twice as often as t = 1
    losses.add(0, 4, 8, 0.5);
    losses.add(1, 1, 2, 1);
    assertEquals(2.5, losses.mean(0));
    assertEquals(5, losses.meanError(0));
    assertEquals(2, losses.weight(0));
  }

  @Test
  void fewTimestepsStillHaveQuarters() {
    for (int steps = 1; steps < 10; steps++) {
      QuarterLosses losses = new QuarterLosses(steps);
      for (int t = 0; t < steps; t++) {
        losses.add(t, t, 2 * t, 1);
      }
      double count = 0;
      for (int q = 0; q < QuarterLosses.PARTS; q++) {
        count += losses.weight(q);
      }
      assertEquals(steps, count);
    }
  }
}
