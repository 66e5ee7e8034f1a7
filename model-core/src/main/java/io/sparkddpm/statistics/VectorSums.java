package io.sparkddpm.statistics;

/** Sums over float vectors, in double, in an order of their own that never changes. */
final class VectorSums {
  private VectorSums() {}

  /** x·y; four interleaved partial sums. */
  static double dot(float[] x, int xFrom, float[] y, int yFrom, int length) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i + 3 < length; i += 4) {
      s0 += (double) x[xFrom + i] * y[yFrom + i];
      s1 += (double) x[xFrom + i + 1] * y[yFrom + i + 1];
      s2 += (double) x[xFrom + i + 2] * y[yFrom + i + 2];
      s3 += (double) x[xFrom + i + 3] * y[yFrom + i + 3];
    }
    for (; i < length; i++) {
      s0 += (double) x[xFrom + i] * y[yFrom + i];
    }
    return s0 + s1 + (s2 + s3);
  }

  /** |x−y|². */
  static double squaredDistance(float[] x, int xFrom, float[] y, int yFrom, int length) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i + 3 < length; i += 4) {
      double d0 = (double) x[xFrom + i] - y[yFrom + i];
      double d1 = (double) x[xFrom + i + 1] - y[yFrom + i + 1];
      double d2 = (double) x[xFrom + i + 2] - y[yFrom + i + 2];
      double d3 = (double) x[xFrom + i + 3] - y[yFrom + i + 3];
      s0 += d0 * d0;
      s1 += d1 * d1;
      s2 += d2 * d2;
      s3 += d3 * d3;
    }
    for (; i < length; i++) {
      double d = (double) x[xFrom + i] - y[yFrom + i];
      s0 += d * d;
    }
    return s0 + s1 + (s2 + s3);
  }
}
