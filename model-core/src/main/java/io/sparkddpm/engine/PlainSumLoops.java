package io.sparkddpm.engine;

/** One value after the other. */
final class PlainSumLoops implements SumLoops {
  @Override
  public void multiply(float[] values, int offset, double weight, double[] sums, int n) {
    for (int i = 0; i < n; i++) {
      sums[i] = weight * values[offset + i]; // not 0 + …: that loses the sign of -0
    }
  }

  @Override
  public void add(float[] values, int offset, double weight, double[] sums, int n) {
    for (int i = 0; i < n; i++) {
      sums[i] += weight * values[offset + i];
    }
  }

  @Override
  public void divide(double[] sums, double by, float[] to, int offset, int n) {
    for (int i = 0; i < n; i++) {
      to[offset + i] = (float) (sums[i] / by);
    }
  }
}
