package io.sparkddpm.engine;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** As many values at a time as the JVM's vector unit holds doubles. */
final class VectorSumLoops implements SumLoops {
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;

  /** Of as many lanes, where there is such a shape. */
  private static final VectorSpecies<Float> FLOATS =
      VectorSpecies.of(
          float.class, VectorShape.forBitSize(Math.max(64, DOUBLES.vectorBitSize() / 2)));

  /** Whether there is more than one double to a vector. */
  static boolean isWide() {
    return DOUBLES.length() > 1;
  }

  private static DoubleVector read(float[] values, int at) {
    return (DoubleVector)
        FloatVector.fromArray(FLOATS, values, at).convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  @Override
  public void multiply(float[] values, int offset, double weight, double[] sums, int n) {
    int i = 0;
    for (; i < DOUBLES.loopBound(n); i += DOUBLES.length()) {
      read(values, offset + i).mul(weight).intoArray(sums, i);
    }
    for (; i < n; i++) {
      sums[i] = weight * values[offset + i];
    }
  }

  @Override
  public void add(float[] values, int offset, double weight, double[] sums, int n) {
    int i = 0;
    for (; i < DOUBLES.loopBound(n); i += DOUBLES.length()) {
      DoubleVector product = read(values, offset + i).mul(weight);
      DoubleVector.fromArray(DOUBLES, sums, i).add(product).intoArray(sums, i);
    }
    for (; i < n; i++) {
      sums[i] += weight * values[offset + i];
    }
  }

  @Override
  public void divide(double[] sums, double by, float[] to, int offset, int n) {
    int i = 0;
    for (; i < DOUBLES.loopBound(n); i += DOUBLES.length()) {
      DoubleVector mean = DoubleVector.fromArray(DOUBLES, sums, i).div(by);
      ((FloatVector) mean.convertShape(VectorOperators.D2F, FLOATS, 0)).intoArray(to, offset + i);
    }
    for (; i < n; i++) {
      to[offset + i] = (float) (sums[i] / by);
    }
  }
}
