package io.sparkddpm.random;

/**
 * The counter-based generator Philox4x32-10: a bijection of 128-bit counters for every 64-bit key;
 * Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Words and
 * their order are those of the paper's library. Without state; threads may share it.
 */
final class Philox4x32 {
  private static final int ROUNDS = 10;
  private static final long M0 = 0xD2511F53L;
  private static final long M1 = 0xCD9E8D57L;
  private static final int W0 = 0x9E3779B9;
  private static final int W1 = 0xBB67AE85;
  private static final long LOW = 0xFFFFFFFFL;

  private Philox4x32() {}

  /**
   * One block.
   *
   * @param key word 0 in the low half, word 1 in the high half
   * @param counterLow counter words 0 (low half) and 1 (high half)
   * @param counterHigh counter words 2 (low half) and 3 (high half)
   * @param out receives words 0 and 1 in {@code out[0]}, words 2 and 3 in {@code out[1]}, the lower
   *     word in the low half
   */
  static void block(long key, long counterLow, long counterHigh, long[] out) {
    long c0 = counterLow & LOW;
    long c1 = counterLow >>> 32;
    long c2 = counterHigh & LOW;
    long c3 = counterHigh >>> 32;
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = M0 * c0;
      long p1 = M1 * c2;
      c0 = (p1 >>> 32) ^ c1 ^ (k0 & LOW);
      c1 = p1 & LOW;
      c2 = (p0 >>> 32) ^ c3 ^ (k1 & LOW);
      c3 = p0 & LOW;
      k0 += W0;
      k1 += W1;
    }
    out[0] = c0 | (c1 << 32);
    out[1] = c2 | (c3 << 32);
  }
}
