package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.io.Serializable;
import java.util.Objects;

/**
 * Rounds the changes of a round to bfloat16: to the nearest value below or above, at random, so
 * that the expectation is the change itself (stochastic rounding; Gupta et al. 2015, sec. 3). A
 * change that bfloat16 has stays as it is. What is rounded off is nowhere remembered, and errors of
 * workers and rounds are independent, so that they cancel.
 *
 * <p>The random bits are keyed by (seed, step, vector, index) and, where a worker's own change is
 * rounded, by the worker: the same wherever it is done, however the vector is cut, and however
 * often a run is resumed. Immutable; threads may share it.
 *
 * @param seed of the run
 * @param step the first of the round, zero-based
 */
public record ChangeRounding(long seed, long step) implements Serializable {
  /** Values whose random bits come from one stream. */
  public static final int PIECE = 1 << 12;

  private static final long serialVersionUID = 1L;
  private static final int DROPPED = Float.SIZE - Short.SIZE;
  private static final int EACH = Long.SIZE / DROPPED;
  private static final int LOW = (1 << DROPPED) - 1;
  private static final int EXPONENT = 0x7F80_0000;
  private static final int QUIET = 0x0040_0000;

  /**
   * A worker's change: start − end, rounded.
   *
   * @param offset of the first value in its vector; a multiple of {@link #PIECE}
   * @param start the whole vector that the round started from; not changed
   * @param values where the worker ended, from {@code at} on; receives the change
   * @param n how many
   */
  public void ofWorker(
      int worker, StateVector vector, int offset, float[] start, float[] values, int at, int n) {
    Objects.checkFromIndexSize(offset, n, start.length);
    Objects.checkFromIndexSize(at, n, values.length);
    for (int i = 0; i < n; i++) {
      values[at + i] = start[offset + i] - values[at + i];
    }
    for (int i = 0; i < n; i += PIECE) {
      long[] index = {step, vector.ordinal(), piece(offset + i), worker};
      round(index, values, at + i, Math.min(PIECE, n - i));
    }
  }

  /**
   * The mean of the workers' changes, rounded.
   *
   * @param offset of the first value in its vector; a multiple of {@link #PIECE}
   * @param values the mean, from {@code at} on; receives the rounded one
   * @param n how many
   */
  public void ofMean(StateVector vector, int offset, float[] values, int at, int n) {
    Objects.checkFromIndexSize(at, n, values.length);
    for (int i = 0; i < n; i += PIECE) {
      long[] index = {step, vector.ordinal(), piece(offset + i)};
      round(index, values, at + i, Math.min(PIECE, n - i));
    }
  }

  /**
   * What the mean change makes of the vector that the round started from: start − change, in
   * float32; of second moments, which are never negative, at least 0.
   *
   * @param start the whole vector; may be {@code values}
   * @param offset of the first value in its vector
   * @param values the change, from {@code at} on; receives the outcome
   * @param n how many
   */
  public static void apply(
      StateVector vector, float[] start, int offset, float[] values, int at, int n) {
    Objects.checkFromIndexSize(offset, n, start.length);
    Objects.checkFromIndexSize(at, n, values.length);
    if (vector == StateVector.SECOND_MOMENT) {
      for (int i = 0; i < n; i++) {
        values[at + i] = Math.max(0, start[offset + i] - values[at + i]);
      }
    } else {
      for (int i = 0; i < n; i++) {
        values[at + i] = start[offset + i] - values[at + i];
      }
    }
  }

  private static long piece(int offset) {
    checkArgument(offset % PIECE == 0, "offset must be a multiple of %s, got %s", PIECE, offset);
    return offset / PIECE;
  }

  private void round(long[] index, float[] values, int at, int n) {
    RandomStream stream = RandomStream.of(seed, Purpose.EXCHANGE_ROUNDING, index);
    int i = 0;
    for (; i <= n - EACH; i += EACH) {
      long bits = stream.nextLong();
      values[at + i] = round(values[at + i], (int) bits & LOW);
      values[at + i + 1] = round(values[at + i + 1], (int) bits >>> DROPPED);
      values[at + i + 2] = round(values[at + i + 2], (int) (bits >>> 2 * DROPPED) & LOW);
      values[at + i + 3] = round(values[at + i + 3], (int) (bits >>> 3 * DROPPED));
    }
    long bits = i < n ? stream.nextLong() : 0;
    for (; i < n; i++) {
      values[at + i] = round(values[at + i], (int) bits & LOW);
      bits >>>= DROPPED;
    }
  }

  /**
   * One value: away from zero with the probability that the bits which bfloat16 lacks stand for.
   * Beyond the largest one comes infinity; what is no number stays none.
   *
   * @param random uniform in [0, 2^16)
   */
  static float round(float value, int random) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & EXPONENT) == EXPONENT) {
      return Float.isNaN(value) ? Float.intBitsToFloat((bits | QUIET) & ~LOW) : value;
    }
    return Float.intBitsToFloat((bits + random) & ~LOW);
  }
}
