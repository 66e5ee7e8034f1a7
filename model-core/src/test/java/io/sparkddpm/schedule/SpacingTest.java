package io.sparkddpm.schedule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpacingTest {
  /** As the official respacing prints them. */
  @Test
  void uniform250Of1000() {
    int[] t = Spacing.UNIFORM.timesteps(250, 1000);
    assertEquals(250, t.length);
    assertArrayEquals(new int[] {0, 4, 8, 12, 16}, Arrays.copyOf(t, 5));
    assertArrayEquals(new int[] {987, 991, 995, 999}, Arrays.copyOfRange(t, 246, 250));
  }

  @Test
  void stride50Of1000() {
    int[] t = Spacing.STRIDE.timesteps(50, 1000);
    assertArrayEquals(IntStream.range(0, 50).map(i -> 20 * i).toArray(), t);
    assertEquals(980, t[49]);
  }

  @Test
  void stride333Of1000IsAnError() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Spacing.STRIDE.timesteps(333, 1000));
    assertEquals(
        "no integer stride gives exactly 333 of 1000 timesteps; spacing uniform does",
        e.getMessage());
  }

  @Test
  void uniformTakesAnyNumberOfSteps() {
    for (int total : new int[] {1, 2, 7, 100, 1000}) {
      for (int steps = 1; steps <= total; steps++) {
        int[] t = Spacing.UNIFORM.timesteps(steps, total);
        assertEquals(steps, t.length);
        assertEquals(total - 1, t[steps - 1]);
        assertEquals(steps == 1 ? total - 1 : 0, t[0]);
      }
      int[] all = IntStream.range(0, total).toArray();
      assertArrayEquals(all, Spacing.UNIFORM.timesteps(total, total));
      assertArrayEquals(all, Spacing.STRIDE.timesteps(total, total));
    }
  }

  @Test
  void quadratic() {
    int[] t = Spacing.QUADRATIC.timesteps(10, 1000);
    assertArrayEquals(new int[] {0, 9, 39, 88, 158, 246, 355, 483, 632, 800}, t);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Spacing.QUADRATIC.timesteps(500, 1000));
    assertEquals(
        "500 of 1000 timesteps are too many for this spacing: 0 would be visited twice",
        e.getMessage());
  }

  @Test
  void refusesMoreStepsThanThereAre() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Spacing.UNIFORM.timesteps(11, 10));
    assertEquals("steps must be in [1, 10], got 11", e.getMessage());
  }
}
