package io.sparkddpm.train;

import static io.sparkddpm.error.Checks.checkArgument;
import static io.sparkddpm.error.Checks.checkState;

import java.util.Objects;

/**
 * The weighted mean of vectors, summed in double in the order in which they are added. One vector
 * alone comes out with the bits it went in with. Not thread-safe.
 */
public final class WeightedMean {
  private final double[] sums;
  private long weight;

  /** Over vectors of {@code length} values. */
  public WeightedMean(int length) {
    sums = new double[length];
  }

  /**
   * Adds {@code values[offset … offset + length)}.
   *
   * @param weight at least 1, below 2^29, so that its product with a float32 is exact in double
   */
  public void add(float[] values, int offset, long weight) {
    Objects.checkFromIndexSize(offset, sums.length, values.length);
    checkArgument(weight >= 1 && weight < 1 << 29, "weight must be in [1, 2^29), got %s", weight);
    if (this.weight == 0) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] = (double) weight * values[offset + i]; // not 0 + …: that loses the sign of -0
      }
    } else {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += (double) weight * values[offset + i];
      }
    }
    this.weight += weight;
  }

  /** The mean so far, in float32. */
  public float[] mean() {
    checkState(weight > 0, "nothing to average");
    float[] mean = new float[sums.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sums[i] / weight);
    }
    return mean;
  }
}
