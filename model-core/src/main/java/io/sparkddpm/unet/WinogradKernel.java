package io.sparkddpm.unet;

import static io.sparkddpm.unet.VectorMath.FLOATS;
import static io.sparkddpm.unet.VectorMath.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * The one-dimensional transforms of {@link WinogradBand}, each on vectors of channels. As in {@link
 * PieceKernel}, each loop is compiled by itself because it is called through {@link #run} alone.
 *
 * <p>Matrices of F(4×4, 3×3) with the points 0, ±1, ±2, ∞ (Lavin and Gray 2016, sec. 4.3): Y =
 * Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, and their transposes for the gradients. Each is applied to columns,
 * then to rows.
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
      FloatVector plus = FloatVector.fromArray(FLOATS, p.plus, p.plusAt);
      for (int i = 0; i < p.outer; i++) {
        int in = p.in + i * p.inOuter;
        int out = p.out + i * p.outOuter;
        for (int j = 0; j < p.inner; j++) {
          timesAt(from, in, step, plus, to, out, next);
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
    at(x, i).mul(4f).sub(x2.mul(5f)).add(x4).intoArray(out, o);
    FloatVector even = x4.sub(x2.mul(4f));
    FloatVector odd = x3.sub(x1.mul(4f));
    even.add(odd).intoArray(out, o + next);
    even.sub(odd).intoArray(out, o + 2 * next);
    even = x4.sub(x2);
    odd = x3.sub(x1).mul(2f);
    even.add(odd).intoArray(out, o + 3 * next);
    even.sub(odd).intoArray(out, o + 4 * next);
    x1.mul(4f).sub(x3.mul(5f)).add(at(x, i + 5 * step)).intoArray(out, o + 5 * next);
  }

  private static void timesB(float[] x, int i, int step, float[] out, int o, int next) {
    FloatVector x0 = at(x, i);
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    FloatVector x3 = at(x, i + 3 * step);
    FloatVector x4 = at(x, i + 4 * step);
    FloatVector x5 = at(x, i + 5 * step);
    FloatVector sum12 = x1.add(x2);
    FloatVector sum34 = x3.add(x4);
    FloatVector difference12 = x1.sub(x2);
    FloatVector difference34 = x3.sub(x4).mul(2f);
    x0.mul(4f).intoArray(out, o);
    x5.sub(difference12).mul(4f).sub(difference34).intoArray(out, o + next);
    x0.mul(-5f).sub(sum12.mul(4f)).sub(sum34).intoArray(out, o + 2 * next);
    difference12.add(difference34).sub(x5.mul(5f)).intoArray(out, o + 3 * next);
    x0.add(sum12).add(sum34).intoArray(out, o + 4 * next);
    x5.intoArray(out, o + 5 * next);
  }

  private static void addTimesB(float[] x, int i, int step, float[] out, int o, int next) {
    FloatVector x0 = at(x, i);
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    FloatVector x3 = at(x, i + 3 * step);
    FloatVector x4 = at(x, i + 4 * step);
    FloatVector x5 = at(x, i + 5 * step);
    FloatVector sum12 = x1.add(x2);
    FloatVector sum34 = x3.add(x4);
    FloatVector difference12 = x1.sub(x2);
    FloatVector difference34 = x3.sub(x4).mul(2f);
    at(out, o).add(x0.mul(4f)).intoArray(out, o);
    at(out, o + next).add(x5.sub(difference12).mul(4f).sub(difference34)).intoArray(out, o + next);
    at(out, o + 2 * next)
        .add(x0.mul(-5f).sub(sum12.mul(4f)).sub(sum34))
        .intoArray(out, o + 2 * next);
    at(out, o + 3 * next)
        .add(difference12.add(difference34).sub(x5.mul(5f)))
        .intoArray(out, o + 3 * next);
    at(out, o + 4 * next).add(x0.add(sum12).add(sum34)).intoArray(out, o + 4 * next);
    at(out, o + 5 * next).add(x5).intoArray(out, o + 5 * next);
  }

  private static void timesAt(
      float[] x, int i, int step, FloatVector plus, float[] out, int o, int next) {
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    FloatVector x3 = at(x, i + 3 * step);
    FloatVector x4 = at(x, i + 4 * step);
    FloatVector sum12 = x1.add(x2);
    FloatVector sum34 = x3.add(x4);
    FloatVector difference12 = x1.sub(x2);
    FloatVector difference34 = x3.sub(x4);
    at(x, i).add(sum12).add(sum34).add(plus).intoArray(out, o);
    difference12.add(difference34.mul(2f)).add(plus).intoArray(out, o + next);
    sum12.add(sum34.mul(4f)).add(plus).intoArray(out, o + 2 * next);
    difference12
        .add(difference34.mul(8f))
        .add(at(x, i + 5 * step))
        .add(plus)
        .intoArray(out, o + 3 * next);
  }

  private static void timesA(float[] x, int i, int step, float[] out, int o, int next) {
    FloatVector x0 = at(x, i);
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    FloatVector x3 = at(x, i + 3 * step);
    FloatVector even = x0.add(x2);
    FloatVector odd = x1.add(x3);
    x0.intoArray(out, o);
    even.add(odd).intoArray(out, o + next);
    even.sub(odd).intoArray(out, o + 2 * next);
    even = x0.add(x2.mul(4f));
    odd = x1.mul(2f).add(x3.mul(8f));
    even.add(odd).intoArray(out, o + 3 * next);
    even.sub(odd).intoArray(out, o + 4 * next);
    x3.intoArray(out, o + 5 * next);
  }

  private static void timesG(float[] x, int i, int step, float[] out, int o, int next) {
    FloatVector x0 = at(x, i);
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    x0.mul(0.25f).intoArray(out, o);
    FloatVector even = x0.add(x2).mul(-1f / 6);
    FloatVector odd = x1.mul(-1f / 6);
    even.add(odd).intoArray(out, o + next);
    even.sub(odd).intoArray(out, o + 2 * next);
    even = x0.mul(1f / 24).add(x2.mul(1f / 6));
    odd = x1.mul(1f / 12);
    even.add(odd).intoArray(out, o + 3 * next);
    even.sub(odd).intoArray(out, o + 4 * next);
    x2.intoArray(out, o + 5 * next);
  }

  private static void timesGt(float[] x, int i, int step, float[] out, int o, int next) {
    FloatVector x1 = at(x, i + step);
    FloatVector x2 = at(x, i + 2 * step);
    FloatVector x3 = at(x, i + 3 * step);
    FloatVector x4 = at(x, i + 4 * step);
    FloatVector sum12 = x1.add(x2).mul(1f / 6);
    FloatVector sum34 = x3.add(x4);
    at(x, i).mul(0.25f).sub(sum12).add(sum34.mul(1f / 24)).intoArray(out, o);
    x3.sub(x4).mul(1f / 12).sub(x1.sub(x2).mul(1f / 6)).intoArray(out, o + next);
    sum34.mul(1f / 6).sub(sum12).add(at(x, i + 5 * step)).intoArray(out, o + 2 * next);
  }
}
