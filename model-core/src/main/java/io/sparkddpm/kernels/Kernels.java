package io.sparkddpm.kernels;

import io.sparkddpm.memory.Tensor;

/**
 * The kernels that layers are made of. Each method emits the calls of one kernel; tensors are [N,
 * C, H, W] unless said otherwise. Two implementations stand against each other in the tests: native
 * operations (any type, any device) and the JVM's vector unit (float32 in host memory).
 */
public interface Kernels {
  /** Added to the variance; the official code's value. */
  double EPSILON = 1e-6;

  /**
   * What a GroupNorm works on.
   *
   * @param x input
   * @param shift added to every pixel of a channel before normalising, [N, C], or null
   * @param groups that the channels are normalised in
   * @param scale γ, [C]
   * @param bias β, [C]
   * @param statistics receives mean and 1/σ of each group, [N, 2·groups]
   * @param silu whether SiLU follows
   * @param dropout what is dropped afterwards, or null
   */
  record Norm(
      Tensor x,
      Tensor shift,
      int groups,
      Tensor scale,
      Tensor bias,
      Tensor statistics,
      boolean silu,
      Dropout dropout) {}

  /**
   * A convolution's parameters; padding as TensorFlow's SAME, which for stride 2 pads right and
   * bottom only.
   *
   * @param weight [out, in, kH, kW]
   * @param bias [out]
   * @param stride along the dimensions along which the kernel covers several places
   */
  record Filter(Tensor weight, Tensor bias, int stride) {
    /** Stride along the height. */
    int strideHeight() {
      return weight.size(2) == 1 ? 1 : stride;
    }

    /** Stride along the width. */
    int strideWidth() {
      return weight.size(3) == 1 ? 1 : stride;
    }

    /** Shape of the result for an input [N, in, H, W] whose sizes the strides divide. */
    public long[] outputShape(Tensor x) {
      return new long[] {
        x.size(0), weight.size(0), x.size(2) / strideHeight(), x.size(3) / strideWidth()
      };
    }
  }

  /** out = x ∗ weight + bias. */
  void convolution(Program program, Filter filter, Tensor x, Tensor out);

  /** Gradients of {@link #convolution}; all three are written over. */
  void convolutionBackward(
      Program program,
      Filter filter,
      Tensor x,
      Tensor dout,
      Tensor dx,
      Tensor dweight,
      Tensor dbias);

  /**
   * out = a·b for each image, of tensors [N, R, C] or [N, R, H, W] with C = H·W; either may be
   * transposed first.
   */
  void product(
      Program program, Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out);

  /** GroupNorm (Wu and He 2018), then SiLU and dropout where asked. */
  void normForward(Program program, Norm norm, Tensor out);

  /**
   * Backward of {@link #normForward}.
   *
   * @param dout gradient by the output
   * @param dx receives the gradient by x; may be {@code dout}
   * @param addTo added to the gradient by x, or null; may be {@code dx}
   * @param dshift receives the gradient by the shift, [N, C], or null
   */
  void normBackward(
      Program program,
      Norm norm,
      Tensor dout,
      Tensor dx,
      Tensor addTo,
      Tensor dscale,
      Tensor dbias,
      Tensor dshift);

  /** out = x·σ(x), any shape; may be in place. */
  void silu(Program program, Tensor x, Tensor out);

  /** dx = dout·σ(x)·(1 + x·(1 − σ(x))), any shape; {@code dx} may be {@code dout}. */
  void siluBackward(Program program, Tensor x, Tensor dout, Tensor dx);

  /** target += x, any shape. */
  void addInPlace(Program program, Tensor x, Tensor target);

  /** out[n] = [a[n]; b[n]] along the channels. */
  void concat(Program program, Tensor a, Tensor b, Tensor out);

  /** Backward of {@link #concat}: splits {@code dout}. */
  void split(Program program, Tensor dout, Tensor da, Tensor db);

  /** Nearest neighbour, twice the width, and twice the height if {@code out} has that. */
  void upsample(Program program, Tensor x, Tensor out);

  /** Backward of {@link #upsample}: sums each 2×2 or 1×2 block. */
  void upsampleBackward(Program program, Tensor dout, Tensor dx);

  /** What values are clamped to. */
  record Bounds(double least, double most) {
    double clamp(double value) {
      return Math.max(least, Math.min(most, value));
    }
  }

  /**
   * out = μ + e^{s/2}·ε.
   *
   * @param moments [μ; s] along the channels
   * @param bounds that s is clamped to
   * @param noise ε, as large as {@code out}
   */
  void gaussian(Program program, Tensor moments, Bounds bounds, Tensor noise, Tensor out);

  /**
   * Backward of {@link #gaussian}; no gradient reaches an s that was clamped.
   *
   * @param out the forward's result; undefined afterwards, as {@code dout} is
   * @param dmoments receives the gradient by the moments
   */
  void gaussianBackward(
      Program program, Tensor moments, Bounds bounds, Tensor out, Tensor dout, Tensor dmoments);

  /** Rows of softmax(scale·x) over the last dimension; may be in place. */
  void softmax(Program program, Tensor x, double scale, Tensor out);

  /**
   * Backward of {@link #softmax}.
   *
   * @param p the forward's result
   * @param dx may be {@code dp}
   */
  void softmaxBackward(Program program, Tensor p, Tensor dp, double scale, Tensor dx);

  /** rows[n] += bias, for [N, K] and [K]. */
  void addBias(Program program, Tensor bias, Tensor rows);

  /**
   * out[n] = table[labels[n]], and 0 where the label is negative, for [classes, K] and [N, K].
   *
   * @param labels read at run time
   */
  void lookUp(Program program, Tensor table, int[] labels, Tensor out);

  /** Backward of {@link #lookUp}: sums the rows of each class in the order of the items. */
  void lookUpBackward(Program program, Tensor dout, int[] labels, Tensor dtable);

  /** dbias = Σ_n rows[n]. */
  void biasBackward(Program program, Tensor rows, Tensor dbias);
}
