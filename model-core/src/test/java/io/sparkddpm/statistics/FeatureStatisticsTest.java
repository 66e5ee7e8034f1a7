package io.sparkddpm.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureStatisticsTest {
  private static final int D = 70;

  @Test
  void momentsEqualTheirDefinition() {
    float[] x = FrechetDistanceTest.features(150, D, 3);
    FeatureStatistics statistics = FeatureStatistics.of(x, D);
    double[] mean = new double[D];
    for (int i = 0; i < x.length; i++) {
      mean[i % D] += x[i] / 150.0;
    }
    double[] covariance = statistics.covariance();
    for (int i = 0; i < D; i++) {
      assertEquals(mean[i], statistics.mean()[i], 1e-12 * D);
      for (int j = 0; j < D; j++) {
        double sum = 0;
        for (int r = 0; r < 150; r++) {
          sum += (x[r * D + i] - mean[i]) * (x[r * D + j] - mean[j]);
        }
        assertEquals(sum / 149, covariance[i * D + j], 1e-11, i + ", " + j);
      }
    }
  }

  @Test
  void aResultDoesNotDependOnTheCallsThatAddedIt() {
    float[] x = FrechetDistanceTest.features(333, D, 4);
    FeatureStatistics whole = FeatureStatistics.of(x, D);
    FeatureStatistics.Accumulator accumulator = new FeatureStatistics.Accumulator(D);
    int[] cuts = {0, 1, 8, 100, 163, 164, 333};
    for (int i = 1; i < cuts.length; i++) {
      accumulator.add(x, cuts[i - 1], cuts[i] - cuts[i - 1]);
    }
    assertEquals(333, accumulator.count());
    assertEquals(whole, accumulator.finish());
    assertEquals(0, accumulator.finish().count());
  }

  @Test
  void mergingInAnyOrderIsTheSameToRounding() {
    float[] x = FrechetDistanceTest.features(500, D, 5);
    FeatureStatistics whole = FeatureStatistics.of(x, D);
    List<FeatureStatistics> parts = parts(x, 0, 1, 2, 60, 61, 300, 500);
    FeatureStatistics forward = FeatureStatistics.empty(D);
    FeatureStatistics backward = FeatureStatistics.empty(D);
    for (int i = 0; i < parts.size(); i++) {
      forward = forward.merge(parts.get(i));
      backward = backward.merge(parts.get(parts.size() - 1 - i));
    }
    assertClose(whole, forward, 1e-12);
    assertClose(whole, backward, 1e-12);
  }

  @Test
  void takingAPartOutAgainLeavesTheRest() {
    float[] x = FrechetDistanceTest.features(500, D, 6);
    List<FeatureStatistics> parts = parts(x, 0, 200, 500);
    FeatureStatistics whole = parts.get(0).merge(parts.get(1));
    assertClose(parts.get(0), whole.unmerge(parts.get(1)), 1e-10);
    assertClose(parts.get(1), whole.unmerge(parts.get(0)), 1e-10);
    assertEquals(FeatureStatistics.empty(D), whole.unmerge(whole));
    assertSame(whole, whole.unmerge(FeatureStatistics.empty(D)));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> parts.get(0).unmerge(whole));
    assertEquals("cannot take 500 vectors from 200", e.getMessage());
  }

  @Test
  void anEmptyPartIsTheIdentity() {
    FeatureStatistics empty = FeatureStatistics.empty(D);
    FeatureStatistics some = FeatureStatistics.of(FrechetDistanceTest.features(3, D, 1), D);
    assertSame(some, some.merge(empty));
    assertSame(some, empty.merge(some));
    assertEquals(0, empty.merge(empty).count());
    assertTrue(Arrays.stream(empty.merge(empty).mean()).allMatch(v -> v == 0));
  }

  @Test
  void aValueThatIsNotFiniteIsRefused() {
    float[] x = new float[3 * D];
    x[2 * D + 5] = Float.NaN;
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> FeatureStatistics.of(x, D));
    assertEquals("feature 5 of vector 2 is NaN", e.getMessage());
  }

  @Test
  void differentDimensionsAreRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> FeatureStatistics.empty(3).merge(FeatureStatistics.empty(4)));
    assertEquals("statistics have dimensions 3 and 4", e.getMessage());
  }

  @Test
  void aFileReadsBackAsItWasWritten() {
    StatisticsFile file = file();
    assertEquals(file, StatisticsFile.fromBytes(file.toBytes(), "f.stats"));
  }

  @Test
  void aTruncatedOrForeignFileIsRefusedByName() {
    byte[] bytes = file().toBytes();
    UserException e =
        assertThrows(
            UserException.class,
            () -> StatisticsFile.fromBytes(Arrays.copyOf(bytes, bytes.length - 1), "f.stats"));
    assertEquals("f.stats: truncated file of feature statistics", e.getMessage());
    e = assertThrows(UserException.class, () -> StatisticsFile.fromBytes(new byte[100], "g.stats"));
    assertEquals("g.stats: not a file of feature statistics", e.getMessage());
    bytes[11] = 9;
    e = assertThrows(UserException.class, () -> StatisticsFile.fromBytes(bytes, "h.stats"));
    assertEquals("h.stats: format version 9; this program reads 1", e.getMessage());
  }

  private static StatisticsFile file() {
    return new StatisticsFile(
        new ExtractorIdentity("random-conv", "seed 1", "none"),
        new FeatureLayer("random", D, "fd-random"),
        FeatureStatistics.of(FrechetDistanceTest.features(9, D, 2), D));
  }

  private static List<FeatureStatistics> parts(float[] x, int... cuts) {
    List<FeatureStatistics> parts = new ArrayList<>();
    for (int i = 1; i < cuts.length; i++) {
      parts.add(FeatureStatistics.of(Arrays.copyOfRange(x, cuts[i - 1] * D, cuts[i] * D), D));
    }
    return parts;
  }

  private static void assertClose(
      FeatureStatistics expected, FeatureStatistics actual, double tolerance) {
    assertEquals(expected.count(), actual.count());
    double[] difference = actual.covariance();
    double[] covariance = expected.covariance();
    for (int i = 0; i < difference.length; i++) {
      difference[i] -= covariance[i];
    }
    assertTrue(Lapack.norm(difference) <= tolerance * Lapack.norm(covariance), "covariance");
    for (int i = 0; i < D; i++) {
      assertEquals(expected.mean()[i], actual.mean()[i], tolerance * D, "mean " + i);
    }
  }
}
