package io.sparkddpm.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FrechetDistanceTest {

  @Test
  void unitGaussiansAreTheirMeansApart() {
    int d = 512;
    double[] identity = new double[d * d];
    for (int i = 0; i < d; i++) {
      identity[i * d + i] = 1;
    }
    double[] ones = new double[d];
    Arrays.fill(ones, 1.0);
    assertEquals(
        512.0, FrechetDistance.between(new double[d], identity, ones, identity).distance(), 1e-8);
  }

  @Test
  void twoByTwoClosedForm() {
    FrechetDistance distance =
        FrechetDistance.between(
            new double[2], new double[] {2, 1, 1, 2}, new double[2], new double[] {1, 0, 0, 3});
    assertEquals(3.7416573868, distance.traceRoot(), 1e-10);
    assertEquals(0.5166852265, distance.distance(), 1e-10);
  }

  /** Values of numpy and scipy for numpy's legacy generator. */
  @Test
  void equalsOtherProgramsOnNumpysNumbers() {
    NumpyRandom random = new NumpyRandom(1234);
    assertEquals(
        1.61107222066593, InceptionScore.of(random.randn(64 * 1008), 1008, 1).mean(), 1e-13);
    FeatureStatistics normal = statistics(random.randn(64 * 2048), 2048);
    FeatureStatistics uniform = statistics(random.rand(256 * 2048), 2048);
    FrechetDistance distance = FrechetDistance.between(normal, uniform);
    assertEquals(2567.9615, distance.distance(), 1e-6 * 2567.9615);
    assertEquals(63, distance.rank1());
    assertEquals(255, distance.rank2());
  }

  @Test
  void equalsOtherProgramsOnFullRank() {
    NumpyRandom random = new NumpyRandom(2023);
    FeatureStatistics first = statistics(random.randn(1024 * 64), 64);
    FeatureStatistics second = statistics(random.randn(1024 * 64), 64);
    assertEquals(2.216407743191, FrechetDistance.between(first, second).distance(), 1e-11);
  }

  @Test
  void rankDeficientCovariancesNeedNoEpsilon() {
    NumpyRandom random = new NumpyRandom(1);
    FeatureStatistics first = statistics(random.randn(16), 4);
    FeatureStatistics second = statistics(random.randn(16), 4);
    assertEquals(4.753837617472, FrechetDistance.between(first, second).distance(), 1e-11);
  }

  @Test
  void identicalSetsAreZeroApart() {
    for (int count : new int[] {20, 60, 300}) {
      float[] features = features(count, 60, count);
      FeatureStatistics statistics = FeatureStatistics.of(features, 60);
      FrechetDistance distance = FrechetDistance.between(statistics, statistics);
      assertEquals(0, distance.distance(), 1e-6 * distance.trace1(), count + " vectors");
    }
  }

  @Test
  void constantFeaturesAreTheirMeansApart() {
    float[] zeros = new float[30];
    float[] twos = new float[30];
    Arrays.fill(twos, 2f);
    FrechetDistance distance =
        FrechetDistance.between(FeatureStatistics.of(zeros, 3), FeatureStatistics.of(twos, 3));
    assertEquals(12.0, distance.distance(), 0);
    assertEquals(0, distance.rank1());
  }

  /** A diagonal pair in a random basis has a closed form, however small some variances are. */
  @Test
  void nearlySingularCovariancesKeepTheirDistance() {
    int d = 40;
    float[] seeds = features(d, d, 7);
    double[] symmetric = new double[d * d];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        symmetric[i * d + j] = seeds[i * d + j] + seeds[j * d + i];
      }
    }
    double[] basis = Lapack.symmetricEigen(symmetric, d).vectors();
    double[] first = new double[d * d];
    double[] second = new double[d * d];
    double expected = 0;
    for (int k = 0; k < d; k++) {
      double a = Math.pow(10, -k / 2.0);
      double b = Math.pow(10, -(d - k) / 3.0);
      expected += a + b - 2 * Math.sqrt(a * b);
      for (int i = 0; i < d; i++) {
        for (int j = 0; j < d; j++) {
          first[i * d + j] += a * basis[i * d + k] * basis[j * d + k];
          second[i * d + j] += b * basis[i * d + k] * basis[j * d + k];
        }
      }
    }
    double distance =
        FrechetDistance.between(new double[d], first, new double[d], second).distance();
    assertEquals(expected, distance, 1e-6 * expected);
  }

  @Test
  void aMatrixThatIsNoCovarianceIsRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                FrechetDistance.between(
                    new double[2],
                    new double[] {1, 0, 0, -1},
                    new double[2],
                    new double[] {1, 0, 0, 1}));
    assertTrue(e.getMessage().contains("negative eigenvalue"), e.getMessage());
    e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                FrechetDistance.between(
                    new double[1], new double[] {Double.NaN}, new double[1], new double[1]));
    assertTrue(e.getMessage().contains("NaN"), e.getMessage());
    e =
        assertThrows(
            IllegalArgumentException.class,
            () -> FrechetDistance.between(FeatureStatistics.empty(2), FeatureStatistics.empty(2)));
    assertEquals("a covariance needs at least 2 vectors, got 0", e.getMessage());
  }

  /** Real images' features under the published network, and scipy's distances of them. */
  @Test
  void distancesOfRealFeatures() throws IOException {
    Map<String, NpyArray> sets = SharedFiles.goldenArrays("inception/features_sets.npz");
    JsonNode golden =
        new ObjectMapper().readTree(SharedFiles.golden("inception/fid.json").toFile());
    for (int d : new int[] {192, 768}) {
      float[] test = sets.get("test1000_" + d).toFloats();
      float[] train = sets.get("batch1_1000_" + d).toFloats();
      float[] half1 = Arrays.copyOfRange(test, 0, 500 * d);
      float[] half2 = Arrays.copyOfRange(test, 500 * d, 1000 * d);
      check(golden.get("a"), d, half1, half2);
      check(golden.get("b"), d, train, test);
    }
  }

  private static void check(JsonNode golden, int d, float[] set1, float[] set2) {
    double expected = golden.at("/features/" + d + "/frechet_distance").asDouble();
    double distance =
        FrechetDistance.between(FeatureStatistics.of(set1, d), FeatureStatistics.of(set2, d))
            .distance();
    assertEquals(expected, distance, 1e-6 * expected, "Fréchet distance, d = " + d);
    double kernel = golden.at("/kid_" + d + "/value").asDouble();
    assertEquals(kernel, KernelDistance.of(set1, set2, d), 1e-10, "kernel distance, d = " + d);
    if (d == 768) {
      PrecisionRecall shares = PrecisionRecall.of(set1, set2, d, 3);
      assertEquals(golden.at("/precision_recall_768/precision_count").asInt(), shares.precise());
      assertEquals(golden.at("/precision_recall_768/recall_count").asInt(), shares.recalled());
    }
  }

  private static FeatureStatistics statistics(double[] rows, int d) {
    int n = rows.length / d;
    double[] mean = new double[d];
    double[] covariance = new double[d * d];
    for (int r = 0; r < n; r++) {
      for (int i = 0; i < d; i++) {
        mean[i] += rows[r * d + i] / n;
      }
    }
    double[] centred = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      centred[i] = rows[i] - mean[i % d];
    }
    double[] m2 = Lapack.multiplyTransposed(centred, centred, d, n, d);
    for (int i = 0; i < covariance.length; i++) {
      covariance[i] = m2[i] / (n - 1);
    }
    return FeatureStatistics.ofCovariance(n, mean, covariance);
  }

  static float[] features(int count, int dimension, long seed) {
    float[] features = new float[count * dimension];
    RandomStream.of(seed, Purpose.FEATURES).fillGaussian(features, 0, features.length);
    for (int i = 0; i < features.length; i++) {
      features[i] = features[i] * (1 + i % dimension % 7) + i % dimension;
    }
    return features;
  }
}
