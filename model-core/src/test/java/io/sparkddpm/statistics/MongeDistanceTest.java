package io.sparkddpm.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MongeDistanceTest {
  private static double[] gaussian(int seed, int count) {
    RandomStream random = RandomStream.of(seed, Purpose.SHAPES);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextGaussian();
    }
    return values;
  }

  /** Each number as often as brings both sets to one size: then the sorted ones are pairs. */
  private static double repeated(double[] x, double[] y) {
    int size = x.length * y.length;
    double[] first = new double[size];
    double[] second = new double[size];
    for (int i = 0; i < size; i++) {
      first[i] = x[i / y.length];
      second[i] = y[i / x.length];
    }
    Arrays.sort(first);
    Arrays.sort(second);
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += (first[i] - second[i]) * (first[i] - second[i]) / size;
    }
    return sum;
  }

  @Test
  void setsOfAnySizesHaveTheDistanceOfTheirQuantiles() {
    assertEquals(0.5, MongeDistance.squaredWasserstein(new double[] {0}, new double[] {1, 0}));
    assertEquals(4, MongeDistance.squaredWasserstein(new double[] {5, 1}, new double[] {3, 7}));
    for (int m : new int[] {1, 6, 7, 12}) {
      for (int n : new int[] {5, 6, 12}) {
        double expected = repeated(gaussian(m, m), gaussian(100 + n, n));
        double found = MongeDistance.squaredWasserstein(gaussian(m, m), gaussian(100 + n, n));
        assertEquals(expected, found, 1e-12, m + " and " + n);
      }
    }
  }

  @Test
  void aDirectionHasLengthOneAndDependsOnItsNumberAlone() {
    double[] all = MongeDistance.directions(3, 0, 5, 7);
    for (int k = 0; k < 5; k++) {
      double square = 0;
      for (int i = 0; i < 7; i++) {
        square += all[k * 7 + i] * all[k * 7 + i];
      }
      assertEquals(1, square, 1e-14);
    }
    assertArrayEquals(Arrays.copyOfRange(all, 21, 35), MongeDistance.directions(3, 3, 2, 7));
  }

  /**
   * Along θ the distance of shifted vectors is (θ·s)², whose mean over the sphere is |s|²/D; of K
   * directions it deviates by √(2/K) of that.
   */
  @Test
  void shiftedVectorsAreThreeTimesTheSquareOfTheShiftApart() {
    int dimension = 64;
    int rows = 50;
    int directions = 4000;
    double shift = 0.25;
    float[] x = new float[rows * dimension];
    double[] values = gaussian(1, x.length);
    float[] y = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) values[i];
      y[i] = (float) (values[i] + shift);
    }
    double[] theta = MongeDistance.directions(0, 0, directions, dimension);
    double[] first = MongeDistance.project(x, rows, theta, dimension);
    double[] second = MongeDistance.project(y, rows, theta, dimension);
    double mean = 0;
    for (int k = 0; k < directions; k++) {
      double[] here = Arrays.copyOfRange(first, k * rows, (k + 1) * rows);
      double[] there = Arrays.copyOfRange(second, k * rows, (k + 1) * rows);
      double found = MongeDistance.squaredWasserstein(here, there);
      double sum = Arrays.stream(theta, k * dimension, (k + 1) * dimension).sum();
      assertEquals(shift * shift * sum * sum, found, 1e-5);
      mean += found / directions;
    }
    double expected = 3 * dimension * shift * shift;
    double deviation = Math.sqrt(2.0 / directions);
    assertEquals(expected, MongeDistance.scale(dimension) * mean, 4 * deviation * expected);
  }

  @Test
  void aLineIsFittedThroughItsPoints() {
    LinearFit line = LinearFit.of(new double[] {1, 0.5, 0.25}, new double[] {5, 4, 3.5});
    assertEquals(3, line.intercept(), 1e-15);
    assertEquals(2, line.slope(), 1e-15);
    LinearFit mean = LinearFit.of(new double[] {-1, 0, 1}, new double[] {0, 3, 0});
    assertEquals(1, mean.intercept(), 1e-15);
    assertEquals(0, mean.slope(), 1e-15);
  }
}
