package io.sparkddpm.statistics;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CovarianceCheckTest {
  private static FeatureStatistics rounded(FeatureStatistics statistics) {
    double[] covariance = statistics.covariance();
    for (int i = 0; i < covariance.length; i++) {
      covariance[i] = (float) covariance[i];
    }
    return FeatureStatistics.ofCovariance(statistics.count(), statistics.mean(), covariance);
  }

  private static FeatureStatistics diagonal(double... values) {
    double[] covariance = new double[values.length * values.length];
    for (int i = 0; i < values.length; i++) {
      covariance[i * values.length + i] = values[i];
    }
    return FeatureStatistics.ofCovariance(10, new double[values.length], covariance);
  }

  /** Fewer vectors than dimensions, and more; rounded to float. */
  @ParameterizedTest
  @CsvSource({"1, 3", "5, 2", "60, 2", "60, 30", "60, 59", "60, 200", "200, 150"})
  void realStatisticsPass(int d, int count) {
    FeatureStatistics real = FeatureStatistics.of(FrechetDistanceTest.features(count, d, 3), d);
    assertEquals(Optional.empty(), CovarianceCheck.problem(real));
    assertEquals(Optional.empty(), CovarianceCheck.problem(rounded(real)));
    assertDoesNotThrow(() -> FrechetDistance.Gaussian.of(rounded(real)));
  }

  @Test
  void equalVectorsAndSingleOnesPass() {
    assertEquals(Optional.empty(), CovarianceCheck.problem(diagonal(0, 0, 0)));
    assertEquals(
        Optional.empty(), CovarianceCheck.problem(FeatureStatistics.of(new float[] {1, 2}, 2)));
  }

  /** What passes here, a distance takes; what does not, it refuses. */
  @ParameterizedTest
  @CsvSource({"-0.5e-6, true", "-1.2e-6, false", "-1e-4, false", "-1, false", "-3, false"})
  void eigenvaluesBelowZeroPassWithinRoundingOfTheLargest(double least, boolean passes) {
    FeatureStatistics statistics = diagonal(1, 0.1, least, 0);
    Optional<String> problem = CovarianceCheck.problem(statistics);
    assertEquals(passes, problem.isEmpty());
    if (passes) {
      FrechetDistance.Gaussian.of(statistics);
    } else {
      assertTrue(problem.get().contains("the negative eigenvalue -"), problem.get());
      assertThrows(IllegalArgumentException.class, () -> FrechetDistance.Gaussian.of(statistics));
    }
  }

  @Test
  void valuesThatAreNoNumbersAreNamed() {
    FeatureStatistics nan =
        FeatureStatistics.of(5, new double[] {1, Double.NaN}, new double[] {1, 0, 1});
    assertEquals("its mean holds the value NaN", CovarianceCheck.problem(nan).orElseThrow());
    FeatureStatistics infinite = diagonal(1, Double.POSITIVE_INFINITY);
    assertEquals(
        "its covariance holds the value Infinity", CovarianceCheck.problem(infinite).orElseThrow());
    assertTrue(CovarianceCheck.problem(diagonal(1, 1e200)).orElseThrow().contains("too large"));
  }
}
