package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.schedule.NoiseSchedule;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpacingTest {
  /** Those of a schedule of T timesteps, rising, without the clean end. */
  private static int[] timesteps(Spacing spacing, int steps, int total) {
    return timesteps(spacing, steps, process(total));
  }

  private static NoiseProcess process(int total) {
    double[] betas = new double[total];
    Arrays.fill(betas, 0.01);
    return new DiscreteProcess(NoiseSchedule.ofBetas(betas));
  }

  private static int[] timesteps(Spacing spacing, int steps, NoiseProcess process) {
    TimeGrid grid = spacing.grid(steps, process);
    assertEquals(NoiseProcess.CLEAN, grid.level(steps));
    return IntStream.range(0, steps).map(i -> (int) grid.level(steps - 1 - i)).toArray();
  }

  /** As the official respacing prints them. */
  @Test
  void uniform250Of1000() {
    int[] t = timesteps(Spacing.UNIFORM, 250, 1000);
    assertEquals(250, t.length);
    assertArrayEquals(new int[] {0, 4, 8, 12, 16}, Arrays.copyOf(t, 5));
    assertArrayEquals(new int[] {987, 991, 995, 999}, Arrays.copyOfRange(t, 246, 250));
  }

  @Test
  void stride50Of1000() {
    int[] t = timesteps(Spacing.STRIDE, 50, 1000);
    assertArrayEquals(IntStream.range(0, 50).map(i -> 20 * i).toArray(), t);
    assertEquals(980, t[49]);
  }

  @Test
  void stride333Of1000IsAnError() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> timesteps(Spacing.STRIDE, 333, 1000));
    assertEquals(
        "no integer stride gives exactly 333 of 1000 timesteps; spacing uniform does",
        e.getMessage());
  }

  @Test
  void uniformTakesAnyNumberOfSteps() {
    for (int total : new int[] {1, 2, 7, 100, 1000}) {
      NoiseProcess process = process(total);
      for (int steps = 1; steps <= total; steps++) {
        int[] t = timesteps(Spacing.UNIFORM, steps, process);
        assertEquals(steps, t.length);
        assertEquals(total - 1, t[steps - 1]);
        assertEquals(steps == 1 ? total - 1 : 0, t[0]);
      }
      int[] all = IntStream.range(0, total).toArray();
      assertArrayEquals(all, timesteps(Spacing.UNIFORM, total, total));
      assertArrayEquals(all, timesteps(Spacing.STRIDE, total, total));
    }
  }

  @Test
  void quadratic() {
    int[] t = timesteps(Spacing.QUADRATIC, 10, 1000);
    assertArrayEquals(new int[] {0, 9, 39, 88, 158, 246, 355, 483, 632, 800}, t);
    assertArrayEquals(new double[] {800, -1}, Spacing.QUADRATIC.grid(1, process(1000)).levels());
  }

  /**
   * The official code's {@code int(s) for s in linspace(0, sqrt(0.8 T), S)**2} under numpy 2.4,
   * each timestep once: how many, their sum and the last two.
   */
  @ParameterizedTest
  @CsvSource({
    "1000, 16, 16, 4399, 696, 800",
    "1000, 31, 30, 8387, 747, 800",
    "1000, 50, 49, 13448, 767, 800",
    "1000, 100, 96, 26745, 783, 800",
    "1000, 250, 230, 66618, 793, 800",
    "1000, 1000, 688, 250366, 798, 800",
    "4000, 100, 99, 107151, 3135, 3200"
  })
  void quadraticAsNumpyHasIt(int total, int steps, int left, int sum, int lastButOne, int last) {
    double[] levels = Spacing.QUADRATIC.grid(steps, process(total)).levels();
    assertEquals(left + 1, levels.length);
    assertEquals(sum, Arrays.stream(levels).sum() + 1);
    assertArrayEquals(new double[] {last, lastButOne}, Arrays.copyOf(levels, 2));
    assertArrayEquals(new double[] {0, -1}, Arrays.copyOfRange(levels, left - 1, left + 1));
  }

  /** As diffusers has it. */
  @Test
  void trailing() {
    assertArrayEquals(
        new int[] {99, 199, 299, 399, 499, 599, 699, 799, 899, 999},
        timesteps(Spacing.TRAILING, 10, 1000));
    assertArrayEquals(new int[] {332, 666, 999}, timesteps(Spacing.TRAILING, 3, 1000));
    assertArrayEquals(new int[] {999}, timesteps(Spacing.TRAILING, 1, 1000));
  }

  @Test
  void leading() {
    assertArrayEquals(
        IntStream.range(0, 10).map(i -> 100 * i).toArray(), timesteps(Spacing.LEADING, 10, 1000));
    assertArrayEquals(new int[] {0, 333, 666}, timesteps(Spacing.LEADING, 3, 1000));
    assertArrayEquals(new int[] {0}, timesteps(Spacing.LEADING, 1, 1000));
  }

  /** Even in σ^(1/7); one step alone begins at the noisiest level. */
  @Test
  void karras() {
    NoiseProcess process = process(1000);
    TimeGrid grid = Spacing.KARRAS.grid(20, process);
    assertEquals(999, grid.level(0));
    assertEquals(0, grid.level(19));
    double stride = (root(process, 999) - root(process, 0)) / 19;
    for (int i = 1; i < 20; i++) {
      double step = root(process, grid.level(i - 1)) - root(process, grid.level(i));
      assertEquals(stride, step, 1e-9 * root(process, 999));
    }
    assertArrayEquals(new double[] {999, -1}, Spacing.KARRAS.grid(1, process).levels());
  }

  private static double root(NoiseProcess process, double level) {
    return Math.pow(process.sigma(level) / process.alpha(level), 1.0 / 7);
  }

  @Test
  void logSnrIsEven() {
    NoiseProcess process = process(1000);
    TimeGrid grid = Spacing.LOG_SNR.grid(20, process);
    assertEquals(999, grid.level(0));
    assertEquals(0, grid.level(19));
    double stride = (process.logSnr(0) - process.logSnr(999)) / 19;
    for (int i = 1; i < 20; i++) {
      double step = process.logSnr(grid.level(i)) - process.logSnr(grid.level(i - 1));
      assertEquals(stride, step, 1e-9);
    }
    assertArrayEquals(new double[] {999, -1}, Spacing.LOG_SNR.grid(1, process).levels());
  }

  @Test
  void refusesMoreStepsThanThereAre() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> timesteps(Spacing.UNIFORM, 11, 10));
    assertEquals("steps must be in [1, 10], got 11", e.getMessage());
  }

  @Test
  void aGridDoesNotRise() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> TimeGrid.of(5, 6.5, -1));
    assertEquals("the levels of a time grid must not rise, got 6.5 after 5.0", e.getMessage());
    e = assertThrows(IllegalArgumentException.class, () -> TimeGrid.of(5));
    assertEquals("a time grid needs two levels, got 1", e.getMessage());
  }
}
