package io.sparkddpm.random;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Objects;

/**
 * A pseudo-random permutation of [0, size) that needs no table: an alternating Feistel network on
 * the smallest power of two that holds the size, walked along until it lands inside (Black and
 * Rogaway 2002), which takes under two turns on average. Immutable; threads may share it.
 */
public final class KeyedPermutation {
  private static final int ROUNDS = 10;

  private final long size;
  private final int rightBits;
  private final long leftMask;
  private final long rightMask;
  private final long[] roundKeys = new long[ROUNDS];

  /**
   * @param size number of elements, 1 to 2^62
   * @param key which permutation; see {@link RandomStream#nextLong()}
   */
  public KeyedPermutation(long size, long key) {
    checkArgument(size >= 1 && size <= 1L << 62, "size must be in [1, 2^62], got %s", size);
    this.size = size;
    int bits = 64 - Long.numberOfLeadingZeros(size - 1);
    int leftBits = bits / 2;
    this.rightBits = bits - leftBits;
    this.leftMask = (1L << leftBits) - 1;
    this.rightMask = (1L << rightBits) - 1;
    long[] block = new long[2];
    for (int round = 0; round < ROUNDS; round += 2) {
      Philox4x32.block(key, round, size, block);
      roundKeys[round] = block[0];
      roundKeys[round + 1] = block[1];
    }
  }

  /** Number of elements. */
  public long size() {
    return size;
  }

  /**
   * Where {@code index} goes.
   *
   * @param index in [0, size)
   * @return in [0, size), different for different indices
   */
  public long apply(long index) {
    Objects.checkIndex(index, size);
    long value = index;
    do {
      value = scramble(value);
    } while (value >= size);
    return value;
  }

  private long scramble(long value) {
    long left = value >>> rightBits;
    long right = value & rightMask;
    for (int round = 0; round < ROUNDS; round += 2) {
      left ^= mix(right, roundKeys[round]) & leftMask;
      right ^= mix(left, roundKeys[round + 1]) & rightMask;
    }
    return (left << rightBits) | right;
  }

  private static long mix(long half, long roundKey) {
    return SplitMix64.mix(half * SplitMix64.GOLDEN_GAMMA + roundKey);
  }
}
