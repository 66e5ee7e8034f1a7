package io.sparkddpm.random;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Objects;

/**
 * An endless stream of random numbers named by (seed, purpose, index…). Equal names give equal
 * streams on every machine, in any order of creation; different names give independent streams. To
 * create one costs a fraction of a microsecond. One thread at a time.
 *
 * <p>{@link Philox4x32} hashes the name to 128 bits: half of them are the key, half are the upper
 * half of the counter, whose lower half counts the blocks of the stream.
 */
public final class RandomStream {
  private static final double TO_UNIT = 0x1p-53;

  private final long key;
  private final long counterHigh;
  private final long[] block = new long[2];
  private long nextBlock;
  private int used = 2;
  private int spare;
  private boolean hasSpare;

  private RandomStream(long key, long counterHigh) {
    this.key = key;
    this.counterHigh = counterHigh;
  }

  /**
   * The stream of a name.
   *
   * @param seed seed of the run or of the samples
   * @param purpose what is drawn
   * @param index any number of indices, such as (step, example id); (1) and (1, 0) differ
   */
  public static RandomStream of(long seed, Purpose purpose, long... index) {
    long[] state = {index.length, purpose.code()};
    Philox4x32.block(seed, state[0], state[1], state);
    for (long word : index) {
      Philox4x32.block(word, state[0], state[1], state);
    }
    return new RandomStream(state[0], state[1]);
  }

  /** The next 64 bits. */
  public long nextLong() {
    if (used == 2) {
      Philox4x32.block(key, nextBlock++, counterHigh, block);
      used = 0;
    }
    return block[used++];
  }

  /** The next 32 bits; two in a row use up one {@link #nextLong()}. */
  public int nextInt() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    long bits = nextLong();
    spare = (int) (bits >>> 32);
    hasSpare = true;
    return (int) bits;
  }

  /**
   * Uniform in [0, {@code bound}), without bias; Lemire 2019, alg. 5.
   *
   * @param bound at least 1
   */
  public int nextInt(int bound) {
    checkArgument(bound >= 1, "bound must be at least 1, got %s", bound);
    long product = (nextInt() & 0xFFFFFFFFL) * bound;
    if ((product & 0xFFFFFFFFL) < bound) {
      long threshold = (0x100000000L - bound) % bound;
      while ((product & 0xFFFFFFFFL) < threshold) {
        product = (nextInt() & 0xFFFFFFFFL) * bound;
      }
    }
    return (int) (product >>> 32);
  }

  /** Uniform in [0, 1), a multiple of 2^−53. */
  public double nextDouble() {
    return (nextLong() >>> 11) * TO_UNIT;
  }

  /**
   * Standard normal, by the inverse of its distribution function at the middle of one of 2^52 equal
   * intervals; uses up one {@link #nextLong()}.
   */
  public double nextGaussian() {
    return NormalQuantile.of(((nextLong() >>> 12) + 0.5) * 0x1p-52);
  }

  /** Fills {@code dst[offset … offset+length)} with what {@link #nextGaussian()} would give. */
  public void fillGaussian(float[] dst, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, dst.length);
    for (int i = offset; i < offset + length; i++) {
      dst[i] = (float) nextGaussian();
    }
  }
}
