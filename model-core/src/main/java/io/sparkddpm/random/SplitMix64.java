package io.sparkddpm.random;

/**
 * The generator SplitMix64: a mixed counter, where {@link RandomStream} would take too long;
 * Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, with the
 * finaliser that their program has (variant 13 of Stafford). Without state; threads may share it.
 */
public final class SplitMix64 {
  static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private SplitMix64() {}

  /**
   * 64 bits of the sequence of a key.
   *
   * @param key random itself, so that sequences do not overlap: see {@link RandomStream#nextLong()}
   * @param index in the sequence, from 0
   */
  public static long at(long key, long index) {
    return mix(key + (index + 1) * GOLDEN_GAMMA);
  }

  /** The finaliser: a bijection in which each bit depends on all. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
