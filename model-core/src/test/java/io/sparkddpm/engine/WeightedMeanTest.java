package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import org.junit.jupiter.api.Test;

class WeightedMeanTest {
  private static final float[] AWKWARD = {
    0f,
    -0f,
    Float.MIN_VALUE,
    -Float.MAX_VALUE,
    1f / 3,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    -0f,
    -0f,
    Float.MIN_NORMAL,
    Float.NEGATIVE_INFINITY,
    -1f / 3
  };

  private static void assertSameBits(float[] expected, float[] found) {
    assertEquals(expected.length, found.length);
    for (int i = 0; i < found.length; i++) {
      assertEquals(Float.floatToRawIntBits(expected[i]), Float.floatToRawIntBits(found[i]));
    }
  }

  private static float[] mean(WeightedMean mean, float[]... vectors) {
    float[] to = new float[vectors[0].length];
    mean.of(vectors, 0, to, 0, to.length);
    return to;
  }

  @Test
  void oneVectorKeepsItsBits() {
    for (long weight : new long[] {1, 3, 128, (1 << 29) - 1}) {
      assertSameBits(AWKWARD, mean(new WeightedMean(weight), AWKWARD));
    }
  }

  @Test
  void equalVectorsKeepTheirBits() {
    float[] v = {1f / 3, -1e-30f, 7e20f};
    assertArrayEquals(v, mean(new WeightedMean(5, 6, 7, 1), v, v, v, v));
  }

  @Test
  void weighsAndKeepsToItsPlaces() {
    float[] to = {-1, -1, -1, -1};
    new WeightedMean(3, 1).of(new float[][] {{9, 1, 10, 9}, {9, 5, 2, 9}}, 1, to, 2, 2);
    assertArrayEquals(new float[] {-1, -1, 2, 8}, to);
  }

  @Test
  void vectorsAndPlainLoopsGiveTheSameBitsAtAnyLength() {
    RandomStream random = RandomStream.of(1, Purpose.NOISE, 0);
    long[] weights = {3, 128, 1, (1 << 29) - 1};
    for (int length : new int[] {0, 1, 7, 8, 63, 2_047, 2_048, 5_001}) {
      float[][] vectors = new float[weights.length][length + 3];
      for (float[] vector : vectors) {
        random.fillGaussian(vector, 0, vector.length);
      }
      float[] plain = new float[length];
      float[] wide = new float[length];
      new WeightedMean(new PlainSumLoops(), weights).of(vectors, 3, plain, 0, length);
      new WeightedMean(new VectorSumLoops(), weights).of(vectors, 3, wide, 0, length);
      assertSameBits(plain, wide);
      for (int i = 0; i < length; i++) {
        double sum = 0;
        for (int k = 0; k < weights.length; k++) {
          sum += (double) weights[k] * vectors[k][3 + i];
        }
        assertEquals((float) (sum / (132 + (1 << 29) - 1)), plain[i]);
      }
    }
  }

  @Test
  void awkwardValuesAreTheSameInBothLoops() {
    float[] reversed = new float[AWKWARD.length];
    for (int i = 0; i < reversed.length; i++) {
      reversed[i] = AWKWARD[reversed.length - 1 - i];
    }
    float[][] vectors = {AWKWARD, reversed};
    float[] plain = new float[AWKWARD.length];
    float[] wide = new float[AWKWARD.length];
    new WeightedMean(new PlainSumLoops(), 3, 5).of(vectors, 0, plain, 0, plain.length);
    new WeightedMean(new VectorSumLoops(), 3, 5).of(vectors, 0, wide, 0, wide.length);
    assertArrayEquals(plain, wide); // any NaN is as good as another
  }

  @Test
  void refusesNothingAndNoWeight() {
    assertThrows(IllegalArgumentException.class, WeightedMean::new);
    var e = assertThrows(IllegalArgumentException.class, () -> new WeightedMean(2, 0));
    assertEquals("weight must be in [1, 2^29), got 0", e.getMessage());
    float[][] one = {{1}};
    assertThrows(
        IllegalArgumentException.class,
        () -> new WeightedMean(1, 1).of(one, 0, new float[1], 0, 1));
  }
}
