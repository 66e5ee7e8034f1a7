package io.sparkddpm.engine;

/** The loops of {@link WeightedMean}. Both implementations give the same bits. */
interface SumLoops {
  /** The JVM's vector unit where the JVM was started with it and has one, else plain loops. */
  static SumLoops best() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
            && VectorSumLoops.isWide()
        ? new VectorSumLoops()
        : new PlainSumLoops();
  }

  /** {@code sums[i] = weight · values[offset + i]} for the first {@code n}. */
  void multiply(float[] values, int offset, double weight, double[] sums, int n);

  /** {@code sums[i] += weight · values[offset + i]} for the first {@code n}. */
  void add(float[] values, int offset, double weight, double[] sums, int n);

  /** {@code to[offset + i] = sums[i] / by} for the first {@code n}. */
  void divide(double[] sums, double by, float[] to, int offset, int n);
}
