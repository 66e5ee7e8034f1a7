package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.random.SplitMix64;
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
 * often a run is resumed. {@link RandomStream} gives a key for each {@link #PIECE} of a vector, and
 * {@link SplitMix64} of that key 16 bits for each value. Immutable; threads may share it.
 *
 * @param seed of the run
 * @param step the first of the round, zero-based
 */
public record ChangeRounding(long seed, long step) implements Serializable {
  /** Values whose random bits have one key. */
  public static final int PIECE = 1 << 12;

  private static final long serialVersionUID = 1L;
  private static final int DROPPED = Float.SIZE - Short.SIZE;
  private static final int EACH = Long.SIZE / DROPPED;
  private static final int LOW = (1 << DROPPED) - 1;
  private static final int INFINITY = 0x7F80_0000;
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
    for (int i = 0; i < n; i += PIECE) {
      int length = Math.min(PIECE, n - i);
      long key = key(step, vector.ordinal(), piece(offset + i), worker);
      change(key, start, offset + i, values, at + i, length);
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
      long key = key(step, vector.ordinal(), piece(offset + i));
      round(key, values, at + i, Math.min(PIECE, n - i));
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
      subtract(start, offset, values, at, n);
    }
  }

  private static void subtract(float[] start, int offset, float[] values, int at, int n) {
    for (int i = 0; i < n; i++) {
      values[at + i] = start[offset + i] - values[at + i];
    }
  }

  private static long piece(int offset) {
    checkArgument(offset % PIECE == 0, "offset must be a multiple of %s, got %s", PIECE, offset);
    return offset / PIECE;
  }

  private long key(long... index) {
    return RandomStream.of(seed, Purpose.EXCHANGE_ROUNDING, index).nextLong();
  }

  /** Takes {@code n} changes of a piece and rounds them. */
  private static void change(long key, float[] start, int offset, float[] values, int at, int n) {
    int end = at + n - n % EACH;
    int ahead = offset - at;
    long word = 0;
    for (int i = at; i < end; i += EACH) {
      float first = start[ahead + i] - values[i];
      float second = start[ahead + i + 1] - values[i + 1];
      float third = start[ahead + i + 2] - values[i + 2];
      float fourth = start[ahead + i + 3] - values[i + 3];
      round(SplitMix64.at(key, word++), first, second, third, fourth, values, i);
    }
    subtract(start, ahead + end, values, end, n % EACH);
    roundRest(key, values, at, n);
  }

  /** Rounds the first {@code n} values of a piece. */
  private static void round(long key, float[] values, int at, int n) {
    int end = at + n - n % EACH;
    long word = 0;
    for (int i = at; i < end; i += EACH) {
      long bits = SplitMix64.at(key, word++);
      round(bits, values[i], values[i + 1], values[i + 2], values[i + 3], values, i);
    }
    roundRest(key, values, at, n);
  }

  private static void round(
      long bits, float first, float second, float third, float fourth, float[] to, int at) {
    to[at] = round(first, (int) bits & LOW);
    to[at + 1] = round(second, (int) bits >>> DROPPED);
    to[at + 2] = round(third, (int) (bits >>> 2 * DROPPED) & LOW);
    to[at + 3] = round(fourth, (int) (bits >>> 3 * DROPPED));
  }

  /** Rounds those after the last {@link #EACH}. */
  private static void roundRest(long key, float[] values, int at, int n) {
    long bits = SplitMix64.at(key, n / EACH);
    for (int i = n - n % EACH; i < n; i++) {
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
    int bits = Float.floatToRawIntBits(value); // of infinity, nothing below to carry
    boolean none = (bits & Integer.MAX_VALUE) > INFINITY;
    return Float.intBitsToFloat((none ? bits | QUIET : bits + random) & ~LOW);
  }
}
