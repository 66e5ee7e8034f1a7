package io.sparkddpm.kernels;

import static io.sparkddpm.kernels.VectorMath.FLOATS;
import static io.sparkddpm.kernels.VectorMath.LANES;
import static io.sparkddpm.kernels.VectorMath.broadcast;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The loops of {@link VectorKernels} that need vectors, over [from, from + length) of a stage's
 * arrays. They are called through {@link #run} alone: the JIT cannot inline a call with so many
 * receivers, so each loop is compiled by itself. Inlined into a large caller, a loop exceeds the
 * JIT's limits, some of its vector operations stay calls, and it runs ten times slower.
 */
enum PieceKernel {
  /** mean and variance of x, in two passes. */
  MOMENTS {
    @Override
    void apply(PieceBuffers s, int from, int length) {
      float[] x = s.x;
      int end = from + length;
      FloatVector s0 = FloatVector.zero(FLOATS);
      FloatVector s1 = s0;
      FloatVector s2 = s0;
      FloatVector s3 = s0;
      int i = from;
      for (; i + 4 * LANES <= end; i += 4 * LANES) {
        s0 = s0.add(FloatVector.fromArray(FLOATS, x, i));
        s1 = s1.add(FloatVector.fromArray(FLOATS, x, i + LANES));
        s2 = s2.add(FloatVector.fromArray(FLOATS, x, i + 2 * LANES));
        s3 = s3.add(FloatVector.fromArray(FLOATS, x, i + 3 * LANES));
      }
      float tail = 0;
      for (; i < end; i++) {
        tail += x[i];
      }
      float mean = (s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD) + tail) / length;
      s0 = FloatVector.zero(FLOATS);
      s1 = s0;
      s2 = s0;
      s3 = s0;
      for (i = from; i + 4 * LANES <= end; i += 4 * LANES) {
        FloatVector d0 = FloatVector.fromArray(FLOATS, x, i).sub(mean);
        FloatVector d1 = FloatVector.fromArray(FLOATS, x, i + LANES).sub(mean);
        FloatVector d2 = FloatVector.fromArray(FLOATS, x, i + 2 * LANES).sub(mean);
        FloatVector d3 = FloatVector.fromArray(FLOATS, x, i + 3 * LANES).sub(mean);
        s0 = d0.fma(d0, s0);
        s1 = d1.fma(d1, s1);
        s2 = d2.fma(d2, s2);
        s3 = d3.fma(d3, s3);
      }
      tail = 0;
      for (; i < end; i++) {
        tail += (x[i] - mean) * (x[i] - mean);
      }
      s.mean = mean;
      s.variance = (s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD) + tail) / length;
    }
  },

  /** x = a·x + b. */
  AFFINE {
    @Override
    void apply(PieceBuffers s, int from, int length) {
      float[] x = s.x;
      float a = s.a;
      float b = s.b;
      for (int i = from; i < from + length; i++) {
        x[i] = x[i] * a + b;
      }
    }
  },

  /** x = silu(a·x + b). */
  SILU {
    @Override
    void apply(PieceBuffers s, int from, int length) {
      float[] x = s.x;
      int end = from + length;
      FloatVector a = broadcast(s.a);
      FloatVector b = broadcast(s.b);
      int i = from;
      for (; i + LANES <= end; i += LANES) {
        FloatVector y = FloatVector.fromArray(FLOATS, x, i).fma(a, b);
        y.mul(VectorMath.sigmoid(y)).intoArray(x, i);
      }
      for (; i < end; i++) {
        float y = s.a * x[i] + s.b;
        x[i] = y * VectorMath.sigmoid(y);
      }
    }
  },

  /** target = dropout of target. */
  DROP {
    @Override
    void apply(PieceBuffers s, int from, int length) {
      float[] x = s.target;
      int key = s.key;
      int threshold = s.threshold;
      float scale = s.scale;
      int end = from + length;
      FloatVector zero = FloatVector.zero(FLOATS);
      int i = from;
      for (; i + LANES <= end; i += LANES) {
        VectorMask<Float> kept = VectorMath.kept(key, s.first + i, threshold);
        zero.blend(FloatVector.fromArray(FLOATS, x, i).mul(scale), kept).intoArray(x, i);
      }
      for (; i < end; i++) {
        x[i] = Dropout.bits(key, s.first + i) >= threshold ? x[i] * scale : 0f;
      }
    }
  },

  /** y *= silu'(a·x + b); then sum = Σy, sumX = Σy·(x − mean). */
  SILU_SUMS {
    @Override
    void apply(PieceBuffers s, int from, int length) {
      float[] xs = s.x;
      float[] ys = s.y;
      int end = from + length;
      FloatVector a = broadcast(s.a);
      FloatVector b = broadcast(s.b);
      FloatVector mean = broadcast(s.mean);
      FloatVector sum = FloatVector.zero(FLOATS);
      FloatVector sumX = sum;
      int i = from;
      for (; i + LANES <= end; i += LANES) {
        FloatVector x = FloatVector.fromArray(FLOATS, xs, i);
        FloatVector y = FloatVector.fromArray(FLOATS, ys, i).mul(siluSlope(x.fma(a, b)));
        y.intoArray(ys, i);
        sum = sum.add(y);
        sumX = x.sub(mean).fma(y, sumX);
      }
      float tail = 0;
      float tailX = 0;
      for (; i < end; i++) {
        float z = s.a * xs[i] + s.b;
        float sigma = VectorMath.sigmoid(z);
        ys[i] *= sigma * (1 + z * (1 - sigma));
        tail += ys[i];
        tailX += ys[i] * (xs[i] - s.mean);
      }
      s.sum = sum.reduceLanes(VectorOperators.ADD) + tail;
      s.sumX = sumX.reduceLanes(VectorOperators.ADD) + tailX;
    }
  },

  /** sum = Σy, sumX = Σy·(x − mean). */
  PLAIN_SUMS {
    @Override
    void apply(PieceBuffers s, int from, int length) {
      float[] xs = s.x;
      float[] ys = s.y;
      int end = from + length;
      FloatVector mean = broadcast(s.mean);
      FloatVector sum = FloatVector.zero(FLOATS);
      FloatVector sumX = sum;
      int i = from;
      for (; i + LANES <= end; i += LANES) {
        FloatVector y = FloatVector.fromArray(FLOATS, ys, i);
        sum = sum.add(y);
        sumX = FloatVector.fromArray(FLOATS, xs, i).sub(mean).fma(y, sumX);
      }
      float tail = 0;
      float tailX = 0;
      for (; i < end; i++) {
        tail += ys[i];
        tailX += ys[i] * (xs[i] - s.mean);
      }
      s.sum = sum.reduceLanes(VectorOperators.ADD) + tail;
      s.sumX = sumX.reduceLanes(VectorOperators.ADD) + tailX;
    }
  },

  /** sum = Σy. */
  TOTAL {
    @Override
    void apply(PieceBuffers s, int from, int length) {
      int end = from + length;
      FloatVector sum = FloatVector.zero(FLOATS);
      int i = from;
      for (; i + LANES <= end; i += LANES) {
        sum = sum.add(FloatVector.fromArray(FLOATS, s.y, i));
      }
      float tail = 0;
      for (; i < end; i++) {
        tail += s.y[i];
      }
      s.sum = sum.reduceLanes(VectorOperators.ADD) + tail;
    }
  },

  /** x = softmax(scale·x). */
  SOFTMAX {
    @Override
    void apply(PieceBuffers s, int from, int length) {
      float[] x = s.x;
      int end = from + length;
      FloatVector largest = broadcast(Float.NEGATIVE_INFINITY);
      int i = from;
      for (; i + LANES <= end; i += LANES) {
        largest = largest.max(FloatVector.fromArray(FLOATS, x, i));
      }
      float max = largest.reduceLanes(VectorOperators.MAX);
      for (; i < end; i++) {
        max = Math.max(max, x[i]);
      }
      FloatVector total = FloatVector.zero(FLOATS);
      for (i = from; i + LANES <= end; i += LANES) {
        FloatVector p = VectorMath.exp(FloatVector.fromArray(FLOATS, x, i).sub(max).mul(s.scale));
        p.intoArray(x, i);
        total = total.add(p);
      }
      float tail = 0;
      for (; i < end; i++) {
        x[i] = (float) Math.exp((double) (x[i] - max) * s.scale);
        tail += x[i];
      }
      float inverse = 1f / (total.reduceLanes(VectorOperators.ADD) + tail);
      for (i = from; i < end; i++) {
        x[i] *= inverse;
      }
    }
  },

  /** y = scale·x·(y − Σx·y), where x is a softmax and y the gradient by it. */
  SOFTMAX_BACKWARD {
    @Override
    void apply(PieceBuffers s, int from, int length) {
      float[] p = s.x;
      float[] dp = s.y;
      int end = from + length;
      FloatVector total = FloatVector.zero(FLOATS);
      int i = from;
      for (; i + LANES <= end; i += LANES) {
        total =
            FloatVector.fromArray(FLOATS, p, i).fma(FloatVector.fromArray(FLOATS, dp, i), total);
      }
      float tail = 0;
      for (; i < end; i++) {
        tail += p[i] * dp[i];
      }
      float sum = total.reduceLanes(VectorOperators.ADD) + tail;
      float scale = s.scale;
      for (i = from; i < end; i++) {
        dp[i] = (dp[i] - sum) * p[i] * scale;
      }
    }
  };

  abstract void apply(PieceBuffers s, int from, int length);

  private static final PieceKernel[] KERNELS = values();

  /** The one place from which kernels are called. */
  static void run(PieceKernel kernel, PieceBuffers stage, int from, int length) {
    // By way of the array: the JIT would see through a constant and inline its loop after all.
    KERNELS[kernel.ordinal()].apply(stage, from, length);
  }

  /** Derivative of y·σ(y): σ·(1 + y·(1 − σ)). */
  private static FloatVector siluSlope(FloatVector y) {
    FloatVector s = VectorMath.sigmoid(y);
    return broadcast(1f).sub(s).fma(y, broadcast(1f)).mul(s);
  }
}
