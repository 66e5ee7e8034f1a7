package io.sparkddpm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class WeightedMeanTest {
  private static final float[] AWKWARD = {
    0f, -0f, Float.MIN_VALUE, -Float.MAX_VALUE, 1f / 3, Float.NaN, Float.POSITIVE_INFINITY
  };

  @Test
  void oneVectorKeepsItsBits() {
    for (long weight : new long[] {1, 3, 128, (1 << 29) - 1}) {
      WeightedMean mean = new WeightedMean(AWKWARD.length);
      mean.add(AWKWARD, 0, weight);
      float[] found = mean.mean();
      for (int i = 0; i < found.length; i++) {
        assertEquals(Float.floatToRawIntBits(AWKWARD[i]), Float.floatToRawIntBits(found[i]));
      }
    }
  }

  @Test
  void equalVectorsKeepTheirBits() {
    float[] values = {1f / 3, -1e-30f, 7e20f};
    WeightedMean mean = new WeightedMean(3);
    for (long weight : new long[] {5, 6, 7, 1}) {
      mean.add(values, 0, weight);
    }
    assertArrayEquals(values, mean.mean());
  }

  @Test
  void weighsAndReadsFromAnOffset() {
    WeightedMean mean = new WeightedMean(2);
    mean.add(new float[] {9, 1, 10}, 1, 3);
    mean.add(new float[] {5, 2, 9}, 0, 1);
    assertArrayEquals(new float[] {2, 8}, mean.mean());
  }

  @Test
  void refusesNothingAndNoWeight() {
    WeightedMean mean = new WeightedMean(1);
    assertThrows(IllegalStateException.class, mean::mean);
    var e = assertThrows(IllegalArgumentException.class, () -> mean.add(new float[1], 0, 0));
    assertEquals("weight must be in [1, 2^29), got 0", e.getMessage());
  }
}
