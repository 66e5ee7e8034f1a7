package io.sparkddpm.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomStreamTest {
  /** Written down once; a change would change every run that exists. */
  @Test
  void theContractNeverChanges() {
    RandomStream stream = RandomStream.of(42, Purpose.NOISE, 7, 11);
    long[] bits = {stream.nextLong(), stream.nextLong(), stream.nextLong()};
    assertEquals(
        "[8164084353450928878, -2565555397640410047, 1322950044211354114]", Arrays.toString(bits));
    assertEquals(
        "[TIMESTEP=1, NOISE=2, DROPOUT=3, FLIP=4, INIT=5, DATA_ORDER=6, SAMPLE=7, SHAPES=8, "
            + "FEATURES=9, KID=10, CHAOS=11, SHARDING=12, TIMESTEP_SHIFT=13, LABEL_DROPOUT=14, "
            + "EVALUATION_NOISE=15, EVALUATION_TIMESTEP=16, REPETITION=17, PROBE=18, "
            + "DEQUANTIZATION=19, INTERPOLATION=20, COMPLETION=21, TOY=24, SLICE=25, "
            + "MIND=26, FID_INFINITY=27, LATENT=28, PREDICTION=29, NOTES=30, "
            + "POINTS=34, POINT_SHAPES=35, TOKEN_NOISE=38, TOKEN_SAMPLE=39, TOKEN_EVALUATION=40, "
            + "GRAMMAR=41, MEASURED_ITEMS=42, EXCHANGE_ROUNDING=43]",
        Arrays.toString(Arrays.stream(Purpose.values()).map(p -> p + "=" + p.code()).toArray()));
  }

  @Test
  void dependsOnTheNameOnly() {
    RandomStream other = RandomStream.of(1, Purpose.NOISE, 5);
    RandomStream first = RandomStream.of(1, Purpose.SAMPLE, 5);
    float[] together = new float[100];
    first.fillGaussian(together, 0, 100);
    float[] apart = new float[100];
    RandomStream second = RandomStream.of(1, Purpose.SAMPLE, 5);
    for (int i = 0; i < 100; i += 7) {
      other.nextLong();
      second.fillGaussian(apart, i, Math.min(7, 100 - i));
    }
    assertArrayEquals(together, apart);
  }

  @Test
  void everyNameGivesAStreamOfItsOwn() {
    Set<Long> seen = new HashSet<>();
    int names = 0;
    for (long seed : new long[] {0, 1, -1, 1L << 32, Long.MIN_VALUE}) {
      for (Purpose purpose : Purpose.values()) {
        for (long[] index : new long[][] {{}, {0}, {0, 0}, {1}, {1, 0}, {0, 1}, {1L << 32}, {-1}}) {
          RandomStream stream = RandomStream.of(seed, purpose, index);
          seen.add(stream.nextLong());
          seen.add(stream.nextLong());
          names++;
        }
      }
    }
    assertEquals(2 * names, seen.size());
  }

  @Test
  void boundedIntegersAreUniform() {
    for (int bound : new int[] {1, 2, 3, 10, 1000}) {
      RandomStream stream = RandomStream.of(3, Purpose.TIMESTEP, bound);
      int draws = 1000 * bound;
      long[] counts = new long[bound];
      for (int i = 0; i < draws; i++) {
        counts[stream.nextInt(bound)]++;
      }
      assertChiSquare(counts, 1000, "bound " + bound);
    }
    RandomStream stream = RandomStream.of(3, Purpose.TIMESTEP);
    int bound = 3 << 29; // a bound at which a biased method would favour one third
    long[] thirds = new long[3];
    for (int i = 0; i < 30_000; i++) {
      thirds[stream.nextInt(bound) / (1 << 29)]++;
    }
    assertChiSquare(thirds, 10_000, "bound 3*2^29");
    assertEquals(
        "bound must be at least 1, got 0",
        assertThrows(IllegalArgumentException.class, () -> stream.nextInt(0)).getMessage());
  }

  @Test
  void normalsFallEquallyIntoTheirQuantiles() {
    for (long seed = 1; seed <= 3; seed++) {
      RandomStream stream = RandomStream.of(seed, Purpose.NOISE);
      int bins = 200;
      double[] edges = new double[bins - 1];
      for (int i = 0; i < edges.length; i++) {
        edges[i] = NormalQuantile.of((i + 1.0) / bins);
      }
      long[] counts = new long[bins];
      double sum = 0;
      double squares = 0;
      int draws = 1000 * bins;
      for (int i = 0; i < draws; i++) {
        double z = stream.nextGaussian();
        sum += z;
        squares += z * z;
        int at = Arrays.binarySearch(edges, z);
        counts[at < 0 ? -at - 1 : at]++;
      }
      assertChiSquare(counts, 1000, "seed " + seed);
      assertEquals(0, sum / draws, 4 / Math.sqrt(draws));
      assertEquals(1, squares / draws, 4 * Math.sqrt(2.0 / draws));
    }
  }

  @Test
  void neighbouringStreamsAreUncorrelated() {
    int n = 100_000;
    for (long i = 0; i < 5; i++) {
      RandomStream a = RandomStream.of(9, Purpose.SAMPLE, i);
      RandomStream b = RandomStream.of(9, Purpose.SAMPLE, i + 1);
      double products = 0;
      for (int k = 0; k < n; k++) {
        products += a.nextGaussian() * b.nextGaussian();
      }
      assertEquals(0, products / n, 4 / Math.sqrt(n), "streams " + i);
    }
  }

  /** Four standard deviations of the statistic about its mean. */
  static void assertChiSquare(long[] counts, double expected, String what) {
    double chi = 0;
    for (long count : counts) {
      chi += (count - expected) * (count - expected) / expected;
    }
    double freedom = counts.length - 1;
    assertTrue(
        Math.abs(chi - freedom) <= 4 * Math.sqrt(2 * freedom) + 1e-9,
        what + ": chi-square " + chi + " at " + freedom + " degrees of freedom");
  }
}
