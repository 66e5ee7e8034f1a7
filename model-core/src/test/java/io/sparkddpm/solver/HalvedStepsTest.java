package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.statistics.SharedFiles;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One step in the place of two, against numbers computed from the paper by another program. */
class HalvedStepsTest {
  private static final int VALUES = 16;
  private static final double GOLDEN = 1e-9;

  /**
   * α = cos(πt/2), σ = sin(πt/2) at t = (level + 1)/T, as the paper has it.
   *
   * @param timesteps T
   */
  private record CosineProcess(int timesteps) implements NoiseProcess {
    private double angle(double level) {
      return Math.PI / 2 * (level + 1) / timesteps;
    }

    @Override
    public double last() {
      return timesteps - 1;
    }

    @Override
    public double alpha(double level) {
      return Math.cos(angle(level));
    }

    @Override
    public double sigma(double level) {
      return Math.sin(angle(level));
    }

    @Override
    public double logSnr(double level) {
      return 2 * Math.log(alpha(level) / sigma(level));
    }

    @Override
    public double level(double logSnr) {
      return Math.atan(Math.exp(-logSnr / 2)) * 2 / Math.PI * timesteps - 1;
    }

    @Override
    public Transition[] transitions(double[] levels) {
      Transition[] all = new Transition[levels.length - 1];
      for (int i = 0; i < all.length; i++) {
        double from = Math.pow(alpha(levels[i]), 2);
        double to = Math.pow(alpha(levels[i + 1]), 2);
        double noise = Math.pow(sigma(levels[i + 1]), 2);
        all[i] =
            new Transition(
                levels[i], levels[i + 1], 1 - from / to, to, noise, Math.pow(sigma(levels[i]), 2));
      }
      return all;
    }
  }

  private static NoiseProcess linear() {
    return new DiscreteProcess(NoiseSchedule.of(LinearSchedule.DEFAULTS));
  }

  private static void assertTargets(
      Map<String, NpyArray> golden, String set, int row, HalvedSteps steps, int step) {
    double[] x = golden.get(set + "/z_t").toDoubles();
    double[] middle = golden.get(set + "/z_mid").toDoubles();
    double[] atStart = golden.get(set + "/teacher_x_at_t").toDoubles();
    double[] atMiddle = golden.get(set + "/teacher_x_at_mid").toDoubles();
    double[] target = golden.get(set + "/target_x").toDoubles();
    for (int i = VALUES * row; i < VALUES * (row + 1); i++) {
      String name = set + " " + row;
      double found = steps.toMiddle(step, x[i], atStart[i]);
      assertEquals(middle[i], found, GOLDEN, name);
      double x0 = steps.target(step, atStart[i], atMiddle[i]);
      assertEquals(target[i], x0, GOLDEN, name);
      double least = Math.min(atStart[i], atMiddle[i]);
      double most = Math.max(atStart[i], atMiddle[i]);
      assertTrue(x0 >= least - GOLDEN && x0 <= most + GOLDEN, name);
    }
  }

  @Test
  void goldenTargetsOfThePapersContinuousTime() throws IOException {
    Map<String, NpyArray> golden =
        SharedFiles.goldenArrays("diffusion2/progressive_distillation.npz");
    double[] counts = golden.get("cosine_continuous/S").toDoubles();
    double[] numbers = golden.get("cosine_continuous/i").toDoubles();
    for (int row = 0; row < counts.length; row++) {
      int count = (int) counts[row];
      HalvedSteps steps = new HalvedSteps(count, new CosineProcess(2 * count));
      assertTargets(golden, "cosine_continuous", row, steps, count - (int) numbers[row]);
    }
  }

  @Test
  void goldenTargetsOfAThousandTimesteps() throws IOException {
    Map<String, NpyArray> golden =
        SharedFiles.goldenArrays("diffusion2/progressive_distillation.npz");
    double[] counts = golden.get("linear_T1000/S").toDoubles();
    double[] levels = golden.get("linear_T1000/t_tmid_tend").toDoubles();
    int compared = 0;
    for (int row = 0; row < counts.length; row++) {
      int count = (int) counts[row];
      if (1000 % (2 * count) == 0) { // else theirs do not begin at the noisiest timestep
        HalvedSteps steps = new HalvedSteps(count, linear());
        int step = steps.stepAt(levels[3 * row]);
        assertEquals(levels[3 * row + 1], steps.middle(step));
        assertTargets(golden, "linear_T1000", row, steps, step);
        compared++;
      }
    }
    assertTrue(compared >= 7, "compared " + compared);
  }

  /** Rounding included: those of any student are those that samples of so many steps have. */
  @Test
  void levelsAreTheStudentsAndTheTeachersOwnGrids() {
    for (int count : new int[] {1, 2, 3, 4, 7, 32, 64, 250, 333, 500}) {
      HalvedSteps steps = new HalvedSteps(count, linear());
      double[] student = Spacing.TRAILING.grid(count, linear()).levels();
      double[] teacher = Spacing.TRAILING.grid(2 * count, linear()).levels();
      for (int i = 0; i < count; i++) {
        assertEquals(student[i], steps.level(i), "of " + count);
        assertEquals(teacher[2 * i], steps.level(i), "of " + count);
        assertEquals(teacher[2 * i + 1], steps.middle(i), "of " + count);
        assertEquals(i, steps.stepAt(student[i]));
      }
      assertArrayEquals(
          new double[] {student[count - 1], NoiseProcess.CLEAN},
          new double[] {steps.level(count - 1), teacher[2 * count]});
    }
  }

  @Test
  void refusals() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> new HalvedSteps(501, linear()))
            .getMessage();
    assertEquals(
        "a student of 501 steps learns from 1002, more than the schedule's 1000 timesteps",
        message);
    assertThrows(IllegalArgumentException.class, () -> new HalvedSteps(0, linear()));
    assertThrows(IllegalArgumentException.class, () -> new HalvedSteps(4, linear()).stepAt(998));
  }
}
