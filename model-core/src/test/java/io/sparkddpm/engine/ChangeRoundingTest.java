package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ChangeRoundingTest {
  private static final StateVector PARAMETERS = StateVector.PARAMETERS;

  /** The nearest of bfloat16 towards zero. */
  private static float below(float value) {
    return Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xFFFF_0000);
  }

  /** The one after it, away from zero. */
  private static float above(float value) {
    return Float.intBitsToFloat((Float.floatToRawIntBits(value) & 0xFFFF_0000) + 0x1_0000);
  }

  private static float[] changes(int length) {
    SplittableRandom random = new SplittableRandom(3);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (random.nextDouble(-1, 1) * Math.pow(10, random.nextInt(-40, 38)));
    }
    return values;
  }

  /** A draw is up with probability p, hence 5 standard deviations of the mean of so many draws. */
  @Test
  void theMeanOverKeysIsTheValueAndEachDrawIsANeighbour() {
    float[] values = changes(200);
    values[0] = 0;
    values[1] = -0f;
    values[2] = Float.MIN_VALUE;
    values[3] = -1.5f; // which bfloat16 has
    values[4] = Math.nextDown(2f); // towards another exponent
    values[5] = Math.nextUp(-3f);
    int draws = 4_000;
    double[] sums = new double[values.length];
    for (int step = 0; step < draws; step++) {
      float[] rounded = values.clone();
      new ChangeRounding(11, step).ofMean(PARAMETERS, 0, rounded, 0, rounded.length);
      for (int i = 0; i < values.length; i++) {
        boolean exact = values[i] == below(values[i]);
        float up = exact ? values[i] : above(values[i]);
        if (rounded[i] != below(values[i])) {
          assertEquals(up, rounded[i]);
        }
        sums[i] += rounded[i];
      }
    }
    for (int i = 0; i < values.length; i++) {
      double gap = Math.abs((double) above(values[i]) - below(values[i]));
      double p = Math.abs((double) values[i] - below(values[i])) / gap;
      double bound = 5 * gap * Math.sqrt(p * (1 - p) / draws) + 1e-12 * Math.abs(values[i]);
      assertEquals(values[i], sums[i] / draws, bound, "value " + i);
    }
  }

  private static float[] ofWorker(
      ChangeRounding rounding, int worker, StateVector vector, int cut) {
    float[] end = changes(3 * ChangeRounding.PIECE + 5);
    float[] start = new float[end.length];
    Arrays.fill(start, 0.25f);
    for (int from = 0; from < end.length; from += cut) {
      int n = Math.min(cut, end.length - from);
      float[] piece = new float[n + 3];
      System.arraycopy(end, from, piece, 3, n);
      rounding.ofWorker(worker, vector, from, start, piece, 3, n);
      System.arraycopy(piece, 3, end, from, n);
    }
    return end;
  }

  @Test
  void bitsFollowFromPlaceAndKeysHoweverAVectorIsCut() {
    ChangeRounding rounding = new ChangeRounding(5, 32);
    float[] whole = ofWorker(rounding, 1, PARAMETERS, 4 * ChangeRounding.PIECE);
    assertArrayEquals(whole, ofWorker(rounding, 1, PARAMETERS, ChangeRounding.PIECE));
    assertArrayEquals(whole, ofWorker(rounding, 1, PARAMETERS, 2 * ChangeRounding.PIECE));
    float[] mean = changes(whole.length);
    for (int i = 0; i < mean.length; i++) {
      mean[i] = 0.25f - mean[i];
    }
    rounding.ofMean(PARAMETERS, 0, mean, 0, mean.length);
    List<float[]> others =
        List.of(
            mean,
            ofWorker(rounding, 0, PARAMETERS, 4 * ChangeRounding.PIECE),
            ofWorker(rounding, 1, StateVector.FIRST_MOMENT, 4 * ChangeRounding.PIECE),
            ofWorker(new ChangeRounding(5, 33), 1, PARAMETERS, 4 * ChangeRounding.PIECE),
            ofWorker(new ChangeRounding(6, 32), 1, PARAMETERS, 4 * ChangeRounding.PIECE));
    for (float[] other : others) {
      int same = 0;
      for (int i = 0; i < whole.length; i++) {
        same += whole[i] == other[i] ? 1 : 0;
      }
      assertTrue(same < 0.9 * whole.length, same + " of " + whole.length);
    }
  }

  @Test
  void theFirstValuesOfAPieceHaveTheSameBitsHoweverManyTheyAre() {
    ChangeRounding rounding = new ChangeRounding(5, 32);
    float[] changes = changes(12);
    float[] whole = changes.clone();
    rounding.ofMean(PARAMETERS, 0, whole, 0, whole.length);
    for (int n = 0; n <= whole.length; n++) {
      float[] ofMean = changes.clone();
      rounding.ofMean(PARAMETERS, 0, ofMean, 0, n);
      float[] expected = changes.clone();
      System.arraycopy(whole, 0, expected, 0, n);
      assertArrayEquals(expected, ofMean);
      float[] ofWorker = new float[n];
      rounding.ofWorker(3, PARAMETERS, 0, changes, ofWorker, 0, n);
      float[] longer = new float[whole.length];
      rounding.ofWorker(3, PARAMETERS, 0, changes, longer, 0, longer.length);
      assertArrayEquals(Arrays.copyOf(longer, n), ofWorker);
    }
  }

  /**
   * The number in [0, 2^16) that each value of a worker's change is rounded by, found by halving.
   */
  private static int[] drawn(ChangeRounding rounding, int worker, StateVector vector, int n) {
    float[] start = new float[n];
    float[] values = new float[n];
    int[] drawn = new int[n];
    for (int bit = 1 << 15; bit > 0; bit >>= 1) {
      for (int i = 0; i < n; i++) {
        values[i] = -Float.intBitsToFloat(Float.floatToRawIntBits(1) + 0x1_0000 - drawn[i] - bit);
      }
      rounding.ofWorker(worker, vector, 0, start, values, 0, n);
      for (int i = 0; i < n; i++) {
        drawn[i] += values[i] > 1 ? bit : 0;
      }
    }
    return drawn;
  }

  /**
   * Chi-square over all numbers of 16 bits: its mean is one less than these, its variance twice.
   */
  @Test
  void numbersOf16BitsAreDrawnUniformly() {
    int each = 16;
    int numbers = 1 << 16;
    int[] counts = new int[numbers];
    for (int number : drawn(new ChangeRounding(7, 3), 2, PARAMETERS, each * numbers)) {
      counts[number]++;
    }
    double sum = 0;
    for (int count : counts) {
      sum += (count - each) * (double) (count - each) / each;
    }
    assertEquals(numbers - 1, sum, 5 * Math.sqrt(2.0 * (numbers - 1)));
  }

  /** Of n pairs of independent numbers: 0 within 5 standard deviations. */
  private static void assertUncorrelated(int[] left, int[] right, int shift, String what) {
    int n = left.length - shift;
    double products = 0;
    int[] equal = new int[16];
    for (int i = 0; i < n; i++) {
      products += (left[i + shift] - 32_767.5) * (right[i] - 32_767.5);
      for (int bit = 0; bit < equal.length; bit++) {
        equal[bit] += (left[i + shift] >>> bit & 1) == (right[i] >>> bit & 1) ? 1 : 0;
      }
    }
    double variance = (Math.pow(2, 32) - 1) / 12;
    assertEquals(0, products / n / variance, 5 / Math.sqrt(n), what);
    for (int bit = 0; bit < equal.length; bit++) {
      assertEquals(0.5, equal[bit] / (double) n, 2.5 / Math.sqrt(n), what + ", bit " + bit);
    }
  }

  @Test
  void numbersOfKeysAndPlacesAreUncorrelated() {
    int n = 1 << 17;
    int[] drawn = drawn(new ChangeRounding(1, 0), 0, PARAMETERS, n);
    for (int shift : new int[] {1, 2, 3, 4, 5, 8, ChangeRounding.PIECE, 2 * ChangeRounding.PIECE}) {
      assertUncorrelated(drawn, drawn, shift, "values " + shift + " apart");
    }
    assertUncorrelated(drawn, drawn(new ChangeRounding(1, 0), 1, PARAMETERS, n), 0, "workers");
    assertUncorrelated(drawn, drawn(new ChangeRounding(1, 1), 0, PARAMETERS, n), 0, "steps");
    assertUncorrelated(drawn, drawn(new ChangeRounding(2, 0), 0, PARAMETERS, n), 0, "seeds");
    assertUncorrelated(
        drawn, drawn(new ChangeRounding(1, 0), 0, StateVector.FIRST_MOMENT, n), 0, "vectors");
  }

  @Test
  void errorsOfWorkersAreUncorrelated() {
    int n = 1 << 16;
    List<double[]> errors = new ArrayList<>();
    for (int worker = 0; worker < 2; worker++) {
      float[] values = new float[n];
      for (int i = 0; i < n; i++) {
        values[i] = -1 - (i + 0.5f) / n; // uniform between two values of bfloat16, again and again
      }
      float[] rounded = values.clone();
      new ChangeRounding(1, 0).ofWorker(worker, PARAMETERS, 0, new float[n], rounded, 0, n);
      double[] error = new double[n];
      for (int i = 0; i < n; i++) {
        error[i] = (rounded[i] + (double) values[i]) * (1 << 7);
      }
      errors.add(error);
    }
    double products = 0;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      products += errors.get(0)[i] * errors.get(1)[i];
      squares += errors.get(0)[i] * errors.get(0)[i];
    }
    assertEquals(1.0 / 6, squares / n, 5 / Math.sqrt(n), "the mean of p(1 − p)");
    assertEquals(0, products / n, 5.0 / 6 / Math.sqrt(n));
  }

  @Test
  void whatIsNoNumberStaysNone() {
    for (int random : new int[] {0, 1, 0xFFFF}) {
      assertTrue(Float.isNaN(ChangeRounding.round(Float.NaN, random)));
      for (int bits : new int[] {0x7F80_0001, 0x7FFF_FFFF, 0xFF80_0001, 0xFFFF_FFFF}) {
        assertTrue(Float.isNaN(ChangeRounding.round(Float.intBitsToFloat(bits), random)));
      }
      for (float value :
          new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1.5f, -0f}) {
        assertEquals(
            Float.floatToRawIntBits(value),
            Float.floatToRawIntBits(ChangeRounding.round(value, random)));
      }
    }
    assertEquals(Float.POSITIVE_INFINITY, ChangeRounding.round(Float.MAX_VALUE, 1));
  }

  @Test
  void aChangeIsTakenFromTheStartAndSecondMomentsAreNotNegative() {
    float[] start = {9, 1, 2, 3};
    float[] change = {7, 0.5f, -1, 3.5f};
    float[] values = change.clone();
    ChangeRounding.apply(StateVector.FIRST_MOMENT, start, 1, values, 1, 3);
    assertArrayEquals(new float[] {7, 0.5f, 3, -0.5f}, values);
    values = change.clone();
    ChangeRounding.apply(StateVector.SECOND_MOMENT, start, 1, values, 1, 3);
    assertArrayEquals(new float[] {7, 0.5f, 3, 0}, values);
    ChangeRounding rounding = new ChangeRounding(1, 1);
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> rounding.ofMean(PARAMETERS, 3, new float[4], 0, 1));
    assertEquals("offset must be a multiple of 4096, got 3", e.getMessage());
  }
}
