package io.sparkddpm.kernels;

import io.sparkddpm.random.SplitMix64;

/**
 * Dropout whose mask is a function of (example key, layer, element) alone: it is drawn again in the
 * backward pass instead of being kept, and does not depend on an example's place in the batch.
 *
 * @param rate probability to drop
 * @param layer index of the layer, so that layers differ
 * @param keys one key per example; read at run time
 */
public record Dropout(double rate, int layer, long[] keys) {
  /** Mask bits are compared at this resolution. */
  public static final int RESOLUTION_BITS = 24;

  /** How far apart the hashed numbers of neighbouring elements are. */
  public static final int ELEMENT_STEP = 0x9E3779B9;

  /** Shift of the hash's first and last round. */
  public static final int FIRST_SHIFT = 16;

  /** Factor of the hash's first round. */
  public static final int FIRST_FACTOR = 0x7FEB352D;

  /** Shift of the hash's second round. */
  public static final int SECOND_SHIFT = 15;

  /** Factor of the hash's second round. */
  public static final int SECOND_FACTOR = 0x846CA68B;

  /** An element is kept when its 24 random bits are at least this. */
  public int threshold() {
    return (int) Math.round(rate * (1 << RESOLUTION_BITS));
  }

  /** What a kept element is multiplied by. */
  public float scale() {
    return (float) (1.0 / (1.0 - rate));
  }

  /** The 32-bit key of example {@code n} in this layer. */
  public int key(int n) {
    return (int) (SplitMix64.at(keys[n], layer) >>> 32);
  }

  /** Random bits of an element: two rounds of multiply and xor-shift (Wellons' lowbias32). */
  static int bits(int key, int element) {
    int x = key + element * ELEMENT_STEP;
    x = (x ^ (x >>> FIRST_SHIFT)) * FIRST_FACTOR;
    x = (x ^ (x >>> SECOND_SHIFT)) * SECOND_FACTOR;
    return (x ^ (x >>> FIRST_SHIFT)) >>> (32 - RESOLUTION_BITS);
  }

  /**
   * Writes 1 where an element of example {@code n} survives and 0 where it does not.
   *
   * @param length elements of the example, [C, H, W] row-major
   */
  public void mask(int n, float[] to, int offset, int length) {
    int key = key(n);
    int threshold = threshold();
    for (int i = 0; i < length; i++) {
      to[offset + i] = bits(key, i) >= threshold ? 1 : 0;
    }
  }

  /** Whether element {@code element} of the example with {@code key} survives. */
  boolean keeps(int key, int element) {
    return bits(key, element) >= threshold();
  }
}
