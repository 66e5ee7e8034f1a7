package io.sparkddpm.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Elementary functions on the processor's widest float vectors; same bits on every JDK. */
final class VectorMath {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  static final int LANES = FLOATS.length();

  private static final float LOG2_E = 1.44269504f;
  // ln 2 in two parts, so that n·ln 2 is subtracted without rounding (Cephes' figures).
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;
  private static final float ROUNDING = 12582912f; // 1.5·2^23: adding it rounds to an integer
  private static final float LARGEST = 87.3f;

  private VectorMath() {}

  /** e^x for x clamped to ±87.3; relative error below 2e-7 (polynomial of Cephes' expf). */
  static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(-LARGEST).min(LARGEST);
    FloatVector shifted = clamped.fma(broadcast(LOG2_E), broadcast(ROUNDING));
    FloatVector n = shifted.sub(ROUNDING);
    FloatVector r = n.fma(broadcast(-LN2_HIGH), clamped);
    r = n.fma(broadcast(-LN2_LOW), r);
    FloatVector p = r.fma(broadcast(1.9875691500e-4f), broadcast(1.3981999507e-3f));
    p = p.fma(r, broadcast(8.3334519073e-3f));
    p = p.fma(r, broadcast(4.1665795894e-2f));
    p = p.fma(r, broadcast(1.6666665459e-1f));
    p = p.fma(r, broadcast(5.0000001201e-1f));
    p = p.fma(r.mul(r), r).add(1f);
    IntVector exponent =
        shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(0x3f800000);
    return p.mul(exponent.reinterpretAsFloats());
  }

  /** 1/(1 + e^−x). */
  static FloatVector sigmoid(FloatVector x) {
    return broadcast(1f).div(exp(x.neg()).add(1f));
  }

  /** 1/(1 + e^−x). */
  static float sigmoid(float x) {
    return (float) (1.0 / (1.0 + Math.exp(-x)));
  }

  /** Which of the elements {@code first}… survive; see {@link Dropout#keeps}. */
  static VectorMask<Float> kept(int key, int first, int threshold) {
    IntVector x = IntVector.broadcast(INTS, first).addIndex(1).mul(0x9E3779B9).add(key);
    x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16)).mul(0x7FEB352D);
    x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 15)).mul(0x846CA68B);
    x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16));
    x = x.lanewise(VectorOperators.LSHR, 32 - Dropout.RESOLUTION_BITS);
    return x.compare(VectorOperators.GE, threshold).cast(FLOATS);
  }

  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }
}
