package io.sparkddpm.kernels;

import static io.sparkddpm.kernels.VectorMath.FLOATS;
import static io.sparkddpm.kernels.VectorMath.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * The one-dimensional transforms of {@link WinogradBand}, each on vectors of channels. As in {@link
 * PieceKernel}, each loop is compiled by itself because it is called through {@link #run} alone.
 *
 * <p>F(4×4, 3×3) of Winograd as in Lavin and Gray 2016, sec. 4: Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, and
 * the transposes for the gradients; each matrix is applied to columns, then to rows. The
 * polynomials are interpolated at 0, ±p, ±q and ∞ with p = ¾ and q = 1½: rounding errors are then
 * amplified by 5.1 in the root mean square (3.4 in the gradient by the input), with the usual ±1
 * and ±2 by 10.8 (7.2).
 */
enum WinogradKernel {
  /** Six values to six: Bᵀ. */
  BT {
    @Override
    void apply(Pass p) {
      float[] from = p.from;
      float[] to = p.to;
      int step = p.step;
      int next = p.next;
      for (int i = 0; i < p.outer; i++) {
        int in = p.in + i * p.inOuter;
        int out = p.out + i * p.outOuter;
        for (int j = 0; j < p.inner; j++) {
          timesBt(from, in, step, to, out, next);
          in += p.inInner;
          out += p.outInner;
        }
      }
    }
  },

  /** Six values to six: B. */
  B {
    @Override
    void apply(Pass p) {
      float[] from = p.from;
      float[] to = p.to;
      int step = p.step;
      int next = p.next;
      for (int i = 0; i < p.outer; i++) {
        int in = p.in + i * p.inOuter;
        int out = p.out + i * p.outOuter;
        for (int j = 0; j < p.inner; j++) {
          timesB(from, in, step, to, out, next);
          in += p.inInner;
          out += p.outInner;
        }
      }
    }
  },

  /** Adds B times six values to six. */
  ADD_B {
    @Override
    void apply(Pass p) {
      float[] from = p.from;
      float[] to = p.to;
      int step = p.step;
      int next = p.next;
      for (int i = 0; i < p.outer; i++) {
        int in = p.in + i * p.inOuter;
        int out = p.out + i * p.outOuter;
        for (int j = 0; j < p.inner; j++) {
          addTimesB(from, in, step, to, out, next);
          in += p.inInner;
          out += p.outInner;
        }
      }
    }
  },

  /** Six values to four: Aᵀ; adds a vector to each. */
  AT {
    @Override
    void apply(Pass p) {
      float[] from = p.from;
      float[] to = p.to;
      int step = p.step;
      int next = p.next;
      float[] plus = p.plus;
      int plusAt = p.plusAt;
      for (int i = 0; i < p.outer; i++) {
        int in = p.in + i * p.inOuter;
        int out = p.out + i * p.outOuter;
        for (int j = 0; j < p.inner; j++) {
          timesAt(from, in, step, plus, plusAt, to, out, next);
          in += p.inInner;
          out += p.outInner;
        }
      }
    }
  },

  /** Four values to six: A. */
  A {
    @Override
    void apply(Pass p) {
      float[] from = p.from;
      float[] to = p.to;
      int step = p.step;
      int next = p.next;
      for (int i = 0; i < p.outer; i++) {
        int in = p.in + i * p.inOuter;
        int out = p.out + i * p.outOuter;
        for (int j = 0; j < p.inner; j++) {
          timesA(from, in, step, to, out, next);
          in += p.inInner;
          out += p.outInner;
        }
      }
    }
  },

  /** Three values to six: G. */
  G {
    @Override
    void apply(Pass p) {
      float[] from = p.from;
      float[] to = p.to;
      int step = p.step;
      int next = p.next;
      for (int i = 0; i < p.outer; i++) {
        int in = p.in + i * p.inOuter;
        int out = p.out + i * p.outOuter;
        for (int j = 0; j < p.inner; j++) {
          timesG(from, in, step, to, out, next);
          in += p.inInner;
          out += p.outInner;
        }
      }
    }
  },

  /** Six values to three: Gᵀ. */
  GT {
    @Override
    void apply(Pass p) {
      float[] from = p.from;
      float[] to = p.to;
      int step = p.step;
      int next = p.next;
      for (int i = 0; i < p.outer; i++) {
        int in = p.in + i * p.inOuter;
        int out = p.out + i * p.outOuter;
        for (int j = 0; j < p.inner; j++) {
          timesGt(from, in, step, to, out, next);
          in += p.inInner;
          out += p.outInner;
        }
      }
    }
  },

  /** Adds {@code inner} vectors of {@code from} to one of {@code to}. */
  SUM {
    @Override
    void apply(Pass p) {
      FloatVector sum = at(p.to, p.out);
      int end = p.in + p.inner * LANES;
      for (int i = p.in; i < end; i += LANES) {
        sum = sum.add(at(p.from, i));
      }
      sum.intoArray(p.to, p.out);
    }
  };

  private static final float P = 0.75f;
  private static final float Q = 1.5f;
  private static final float P2 = P * P;
  private static final float Q2 = Q * Q;
  private static final float PQ2 = P2 * Q2;
  private static final float SUM2 = P2 + Q2;

  /** 1 over Π(a − b) for a = 0, ±p and ±q, b being all other points. */
  private static final float G0 = 1 / PQ2;

  private static final float GP = 1 / (2 * P2 * (P2 - Q2));
  private static final float GQ = 1 / (2 * Q2 * (Q2 - P2));

  abstract void apply(Pass p);

  private static final WinogradKernel[] KERNELS = values();

  /** The one place from which kernels are called; see {@link PieceKernel#run}. */
  static void run(WinogradKernel kernel, Pass pass) {
    KERNELS[kernel.ordinal()].apply(pass);
  }

  /** Where a kernel reads and writes: outer times inner transforms. */
  static final class Pass {
    float[] from;
    float[] to;

    /** First value of the first transform, and from one value to the next. */
    int in;

    int step;
    int out;
    int next;

    /** How many, and from one transform to the next. */
    int outer;

    int inOuter;
    int outOuter;
    int inner;
    int inInner;
    int outInner;

    /** What {@link #AT} adds. */
    float[] plus;

    int plusAt;

    Pass from(float[] array, int first, int step) {
      from = array;
      in = first;
      this.step = step;
      return this;
    }

    Pass to(float[] array, int first, int next) {
      to = array;
      out = first;
      this.next = next;
      return this;
    }

    Pass outer(int count, int inStride, int outStride) {
      outer = count;
      inOuter = inStride;
      outOuter = outStride;
      return this;
    }

    Pass inner(int count, int inStride, int outStride) {
      inner = count;
      inInner = inStride;
      outInner = outStride;
      return this;
    }

    Pass plus(float[] array, int at) {
      plus = array;
      plusAt = at;
      return this;
    }
  }

  private static FloatVector at(float[] x, int i) {
    return FloatVector.fromArray(FLOATS, x, i);
  }

  private static void timesBt(float[] x, int i, int step, float[] out, int o, int next) {
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    FloatVector x3 = at(x, i + 3 * step);
    FloatVector x4 = at(x, i + 4 * step);
    at(x, i).mul(PQ2).sub(x2.mul(SUM2)).add(x4).intoArray(out, o);
    FloatVector even = x4.sub(x2.mul(Q2));
    FloatVector odd = x3.sub(x1.mul(Q2)).mul(P);
    even.add(odd).intoArray(out, o + next);
    even.sub(odd).intoArray(out, o + 2 * next);
    even = x4.sub(x2.mul(P2));
    odd = x3.sub(x1.mul(P2)).mul(Q);
    even.add(odd).intoArray(out, o + 3 * next);
    even.sub(odd).intoArray(out, o + 4 * next);
    x1.mul(PQ2).sub(x3.mul(SUM2)).add(at(x, i + 5 * step)).intoArray(out, o + 5 * next);
  }

  private static void timesB(float[] x, int i, int step, float[] out, int o, int next) {
    FloatVector x0 = at(x, i);
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    FloatVector x3 = at(x, i + 3 * step);
    FloatVector x4 = at(x, i + 4 * step);
    FloatVector x5 = at(x, i + 5 * step);
    FloatVector sum1 = x1.add(x2);
    FloatVector sum3 = x3.add(x4);
    FloatVector difference1 = x1.sub(x2).mul(P);
    FloatVector difference3 = x3.sub(x4).mul(Q);
    x0.mul(PQ2).intoArray(out, o);
    x5.mul(PQ2).sub(difference1.mul(Q2)).sub(difference3.mul(P2)).intoArray(out, o + next);
    sum1.mul(-Q2).sub(sum3.mul(P2)).sub(x0.mul(SUM2)).intoArray(out, o + 2 * next);
    difference1.add(difference3).sub(x5.mul(SUM2)).intoArray(out, o + 3 * next);
    x0.add(sum1).add(sum3).intoArray(out, o + 4 * next);
    x5.intoArray(out, o + 5 * next);
  }

  private static void addTimesB(float[] x, int i, int step, float[] out, int o, int next) {
    FloatVector x0 = at(x, i);
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    FloatVector x3 = at(x, i + 3 * step);
    FloatVector x4 = at(x, i + 4 * step);
    FloatVector x5 = at(x, i + 5 * step);
    FloatVector sum1 = x1.add(x2);
    FloatVector sum3 = x3.add(x4);
    FloatVector difference1 = x1.sub(x2).mul(P);
    FloatVector difference3 = x3.sub(x4).mul(Q);
    at(out, o).add(x0.mul(PQ2)).intoArray(out, o);
    at(out, o + next)
        .add(x5.mul(PQ2).sub(difference1.mul(Q2)).sub(difference3.mul(P2)))
        .intoArray(out, o + next);
    at(out, o + 2 * next)
        .add(sum1.mul(-Q2).sub(sum3.mul(P2)).sub(x0.mul(SUM2)))
        .intoArray(out, o + 2 * next);
    at(out, o + 3 * next)
        .add(difference1.add(difference3).sub(x5.mul(SUM2)))
        .intoArray(out, o + 3 * next);
    at(out, o + 4 * next).add(x0.add(sum1).add(sum3)).intoArray(out, o + 4 * next);
    at(out, o + 5 * next).add(x5).intoArray(out, o + 5 * next);
  }

  /**
   * What is added is an array here, not a vector: where the compiler decides not to inline this
   * method, each call would put the vector on the heap.
   */
  private static void timesAt(
      float[] x, int i, int step, float[] plus, int plusAt, float[] out, int o, int next) {
    FloatVector added = at(plus, plusAt);
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    FloatVector x3 = at(x, i + 3 * step);
    FloatVector x4 = at(x, i + 4 * step);
    FloatVector sum1 = x1.add(x2);
    FloatVector sum3 = x3.add(x4);
    FloatVector difference1 = x1.sub(x2).mul(P);
    FloatVector difference3 = x3.sub(x4).mul(Q);
    at(x, i).add(sum1).add(sum3).add(added).intoArray(out, o);
    difference1.add(difference3).add(added).intoArray(out, o + next);
    sum1.mul(P2).add(sum3.mul(Q2)).add(added).intoArray(out, o + 2 * next);
    difference1
        .mul(P2)
        .add(difference3.mul(Q2))
        .add(at(x, i + 5 * step))
        .add(added)
        .intoArray(out, o + 3 * next);
  }

  private static void timesA(float[] x, int i, int step, float[] out, int o, int next) {
    FloatVector x0 = at(x, i);
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    FloatVector x3 = at(x, i + 3 * step);
    x0.intoArray(out, o);
    FloatVector even = x2.mul(P2).add(x0);
    FloatVector odd = x3.mul(P2).add(x1).mul(P);
    even.add(odd).intoArray(out, o + next);
    even.sub(odd).intoArray(out, o + 2 * next);
    even = x2.mul(Q2).add(x0);
    odd = x3.mul(Q2).add(x1).mul(Q);
    even.add(odd).intoArray(out, o + 3 * next);
    even.sub(odd).intoArray(out, o + 4 * next);
    x3.intoArray(out, o + 5 * next);
  }

  private static void timesG(float[] x, int i, int step, float[] out, int o, int next) {
    FloatVector x0 = at(x, i);
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    x0.mul(G0).intoArray(out, o);
    FloatVector even = x2.mul(P2).add(x0).mul(GP);
    FloatVector odd = x1.mul(P * GP);
    even.add(odd).intoArray(out, o + next);
    even.sub(odd).intoArray(out, o + 2 * next);
    even = x2.mul(Q2).add(x0).mul(GQ);
    odd = x1.mul(Q * GQ);
    even.add(odd).intoArray(out, o + 3 * next);
    even.sub(odd).intoArray(out, o + 4 * next);
    x2.intoArray(out, o + 5 * next);
  }

  private static void timesGt(float[] x, int i, int step, float[] out, int o, int next) {
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    FloatVector x3 = at(x, i + 3 * step);
    FloatVector x4 = at(x, i + 4 * step);
    FloatVector sum1 = x1.add(x2).mul(GP);
    FloatVector sum3 = x3.add(x4).mul(GQ);
    at(x, i).mul(G0).add(sum1).add(sum3).intoArray(out, o);
    x1.sub(x2).mul(P * GP).add(x3.sub(x4).mul(Q * GQ)).intoArray(out, o + next);
    sum1.mul(P2).add(sum3.mul(Q2)).add(at(x, i + 5 * step)).intoArray(out, o + 2 * next);
  }
}
