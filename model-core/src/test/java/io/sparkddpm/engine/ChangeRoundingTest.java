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
