package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Objects;
import java.util.stream.LongStream;

/**
 * The weighted mean of vectors, summed in double in their order. One vector alone comes out with
 * the bits it went in with. Immutable.
 */
public final class WeightedMean {
  /** Values summed at a time: their sums stay in the processor's nearest cache. */
  private static final int PIECE = 2048;

  private final SumLoops loops;
  private final long[] weights;
  private final long total;

  /**
   * Of as many vectors as there are weights.
   *
   * @param weights each at least 1 and below 2^29, so that its product with a float32 is exact in
   *     double
   */
  public WeightedMean(long... weights) {
    this(SumLoops.best(), weights);
  }

  WeightedMean(SumLoops loops, long... weights) {
    checkArgument(weights.length > 0, "nothing to average");
    for (long weight : weights) {
      checkArgument(weight >= 1 && weight < 1 << 29, "weight must be in [1, 2^29), got %s", weight);
    }
    this.loops = loops;
    this.weights = weights.clone();
    this.total = LongStream.of(weights).sum();
  }

  /**
   * The means of {@code vectors[k][offset … offset + length)} over k.
   *
   * @param to receives them from {@code toOffset} on
   */
  public void of(float[][] vectors, int offset, float[] to, int toOffset, int length) {
    checkArgument(
        vectors.length == weights.length,
        "%s vectors for %s weights",
        vectors.length,
        weights.length);
    for (float[] vector : vectors) {
      Objects.checkFromIndexSize(offset, length, vector.length);
    }
    Objects.checkFromIndexSize(toOffset, length, to.length);
    double[] sums = new double[Math.min(PIECE, length)];
    for (int done = 0; done < length; done += PIECE) {
      int n = Math.min(PIECE, length - done);
      loops.multiply(vectors[0], offset + done, weights[0], sums, n);
      for (int k = 1; k < vectors.length; k++) {
        loops.add(vectors[k], offset + done, weights[k], sums, n);
      }
      loops.divide(sums, total, to, toOffset + done, n);
    }
  }
}
