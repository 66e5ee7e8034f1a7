package io.sparkddpm.points;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.BadRecordException;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Points that are chosen and scaled, and how far sets are apart. */
class PointSetTest {
  private static PointSet gaussian(int points, int stream, double mean) {
    RandomStream random = RandomStream.of(5, Purpose.TOY, stream);
    double[] coordinates = new double[points * PointSet.AXES];
    Arrays.setAll(coordinates, i -> mean + random.nextGaussian());
    return new PointSet(coordinates);
  }

  @Test
  void aBatchHoldsTheSamePoints() {
    PointSet set = gaussian(7, 1, 0);
    Batch batch = set.toBatch();
    assertEquals((float) set.get(2, 1), batch.data()[7 + 2]);
    double[] back = PointSet.of(batch, 0).coordinates();
    assertArrayEquals(set.coordinates(), back, 1e-6);
  }

  @Test
  void scalesAreWhatTheyAreCalled() {
    PointSet set = gaussian(50, 2, 3);
    double squares = 0;
    double farthest = 0;
    PointSet byDeviation = set.scaled(PointScale.DEVIATION, "set");
    PointSet inBall = set.scaled(PointScale.BALL, "set");
    double[] sums = new double[2 * PointSet.AXES];
    for (int i = 0; i < 50; i++) {
      double distance = 0;
      for (int axis = 0; axis < PointSet.AXES; axis++) {
        squares += Math.pow(byDeviation.get(i, axis), 2) / 150;
        distance += Math.pow(inBall.get(i, axis), 2);
        sums[axis] += byDeviation.get(i, axis);
        sums[PointSet.AXES + axis] += inBall.get(i, axis);
      }
      farthest = Math.max(farthest, Math.sqrt(distance));
    }
    assertEquals(1, squares, 1e-12);
    assertEquals(1, farthest, 1e-12);
    assertArrayEquals(new double[sums.length], sums, 1e-12);
    assertEquals(set, set.scaled(PointScale.NONE, "set"));
    BadRecordException e =
        assertThrows(
            BadRecordException.class,
            () -> new PointSet(new double[6]).scaled(PointScale.BALL, "a.ply"));
    assertEquals("a.ply cannot be scaled: its points have a size of 0.0", e.getMessage());
  }

  /** Each of 12 points is among 5 in 5 of 12 cases: within five deviations of that. */
  @Test
  void pointsAreChosenEvenlyAndBySeed() {
    double[] coordinates = new double[36];
    Arrays.setAll(coordinates, i -> i / 3);
    PointSet set = new PointSet(coordinates);
    int[] taken = new int[12];
    int cases = 4000;
    for (int seed = 0; seed < cases; seed++) {
      PointSet chosen = set.chosen(5, seed, "set");
      assertEquals(5, chosen.count());
      for (int i = 0; i < 5; i++) {
        taken[(int) chosen.get(i, 0)]++;
        assertTrue(i == 0 || chosen.get(i, 0) > chosen.get(i - 1, 0));
      }
    }
    double share = 5.0 / 12;
    double deviation = Math.sqrt(cases * share * (1 - share));
    for (int count : taken) {
      assertEquals(cases * share, count, 5 * deviation);
    }
    double[] once = set.chosen(5, 3, "set").coordinates();
    assertArrayEquals(once, set.chosen(5, 3, "set").coordinates());
    assertFalse(Arrays.equals(once, set.chosen(5, 4, "set").coordinates()));
    assertArrayEquals(coordinates, set.chosen(12, 3, "set").coordinates());
    BadRecordException e = assertThrows(BadRecordException.class, () -> set.chosen(13, 1, "a.ply"));
    assertEquals("a.ply has 12 points, fewer than 13", e.getMessage());
  }

  /** Point by point, as the definition has it. */
  private static double bruteForce(PointSet a, PointSet b) {
    return oneWay(a, b) + oneWay(b, a);
  }

  private static double oneWay(PointSet from, PointSet to) {
    double sum = 0;
    for (int i = 0; i < from.count(); i++) {
      double nearest = Double.MAX_VALUE;
      for (int j = 0; j < to.count(); j++) {
        double squares = 0;
        for (int axis = 0; axis < PointSet.AXES; axis++) {
          squares += Math.pow(from.get(i, axis) - to.get(j, axis), 2);
        }
        nearest = Math.min(nearest, squares);
      }
      sum += nearest;
    }
    return sum / from.count();
  }

  @Test
  void chamferDistances() {
    Batch a = gaussian(40, 3, 0).toBatch();
    Batch b = gaussian(25, 4, 0.5).toBatch();
    double expected = bruteForce(PointSet.of(a, 0), PointSet.of(b, 0));
    assertEquals(expected, ChamferDistance.between(a, 0, b, 0), 1e-12 * expected);
    assertEquals(expected, ChamferDistance.between(b, 0, a, 0), 1e-12 * expected);
    assertEquals(0, ChamferDistance.between(a, 0, a, 0));
    // A lattice and the same moved by less than half its width: every point finds its own.
    double[] lattice = new double[81];
    Arrays.setAll(lattice, i -> i % 3 == 0 ? i / 3 % 3 : i % 3 == 1 ? i / 9 % 3 : i / 27);
    double[] moved = lattice.clone();
    for (int i = 0; i < moved.length; i += 3) {
      moved[i] += 0.25;
    }
    double distance =
        ChamferDistance.between(
            new PointSet(lattice).toBatch(), 0, new PointSet(moved).toBatch(), 0);
    assertEquals(2 * 0.0625, distance, 1e-12);
  }
}
