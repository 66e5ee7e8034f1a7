package io.sparkddpm.kernels;

import io.sparkddpm.memory.Tensor;
import java.nio.FloatBuffer;

/**
 * GroupNorm on the JVM's vector unit, with the shift before it and SiLU and dropout after it: each
 * group of an image is staged once, forward and backward.
 */
final class VectorNorm {
  private VectorNorm() {}

  /** Sizes of a norm. */
  private record Extent(int n, int c, int hw, int groups, int perGroup) {
    static Extent of(Kernels.Norm norm) {
      Tensor x = norm.x();
      int n = x.size(0);
      int c = x.size(1);
      return new Extent(
          n, c, Math.toIntExact(x.length() / n / c), norm.groups(), c / norm.groups());
    }

    int groupLength() {
      return perGroup * hw;
    }

    int groupOffset(int image, int group) {
      return (image * c + group * perGroup) * hw;
    }
  }

  /** γ and β as arrays, fetched once per call. */
  private static final class Affine {
    private final FloatBuffer scaleBuffer;
    private final FloatBuffer biasBuffer;
    private final float[] scale;
    private final float[] bias;

    Affine(Kernels.Norm norm) {
      scaleBuffer = norm.scale().floats();
      biasBuffer = norm.bias().floats();
      scale = new float[scaleBuffer.capacity()];
      bias = new float[scale.length];
    }

    void fetch() {
      scaleBuffer.get(0, scale);
      biasBuffer.get(0, bias);
    }
  }

  /** Emits {@link Kernels#normForward}. */
  static void forward(Program program, PieceBuffers stage, Kernels.Norm norm, Tensor out) {
    Extent e = Extent.of(norm);
    stage.reserve(e.groupLength());
    program.emit(
        LayerKind.NORMALIZATION,
        () -> {
          FloatBuffer x = norm.x().floats();
          FloatBuffer shift = norm.shift() == null ? null : norm.shift().floats();
          FloatBuffer statistics = norm.statistics().floats();
          FloatBuffer to = out.floats();
          Affine affine = new Affine(norm);
          PieceKernel activation = norm.silu() ? PieceKernel.SILU : PieceKernel.AFFINE;
          int count = e.n() * e.groups();
          return () -> {
            affine.fetch();

            for (int piece = 0; piece < count; piece++) {
              int image = piece / e.groups();
              int group = piece % e.groups();
              int offset = e.groupOffset(image, group);
              x.get(offset, stage.x, 0, e.groupLength());
              addShift(e, shift, image, group, stage.x);
              PieceKernel.run(PieceKernel.MOMENTS, stage, 0, e.groupLength());
              float mean = stage.mean;
              float inverse = (float) (1.0 / Math.sqrt(stage.variance + Kernels.EPSILON));
              statistics.put(2 * piece, mean);
              statistics.put(2 * piece + 1, inverse);
              for (int k = 0; k < e.perGroup(); k++) {
                int channel = group * e.perGroup() + k;
                stage.a = inverse * affine.scale[channel];
                stage.b = affine.bias[channel] - mean * stage.a;
                PieceKernel.run(activation, stage, k * e.hw(), e.hw());
              }
              if (norm.dropout() != null) {
                drop(
                    norm.dropout(),
                    image,
                    group * e.groupLength(),
                    stage,
                    stage.x,
                    e.groupLength());
              }
              to.put(offset, stage.x, 0, e.groupLength());
            }
          };
        });
  }

  private static void addShift(Extent e, FloatBuffer shift, int image, int group, float[] x) {
    if (shift == null) {
      return;
    }
    for (int k = 0; k < e.perGroup(); k++) {
      addConstant(x, k * e.hw(), e.hw(), shift.get(image * e.c() + group * e.perGroup() + k));
    }
  }

  private static void addConstant(float[] x, int from, int length, float value) {
    for (int i = from; i < from + length; i++) {
      x[i] += value;
    }
  }

  /** Drops in {@code target}; {@code first}: index of its first element in the image. */
  private static void drop(
      Dropout dropout, int image, int first, PieceBuffers stage, float[] target, int length) {
    stage.target = target;
    stage.key = dropout.key(image);
    stage.threshold = dropout.threshold();
    stage.scale = dropout.scale();
    stage.first = first;
    PieceKernel.run(PieceKernel.DROP, stage, 0, length);
  }

  /** Emits {@link Kernels#normBackward}. */
  static void backward(
      Program program,
      PieceBuffers stage,
      Kernels.Norm norm,
      Tensor dout,
      Tensor dx,
      Tensor addTo,
      Tensor dscale,
      Tensor dbias,
      Tensor dshift) {
    Extent e = Extent.of(norm);
    stage.reserve(e.groupLength());
    program.emit(
        LayerKind.NORMALIZATION,
        () -> {
          Backward kernel =
              new Backward(
                  e,
                  norm,
                  dout.floats(),
                  dx.floats(),
                  addTo == null ? null : addTo.floats(),
                  dshift == null ? null : dshift.floats());
          FloatBuffer dscaleTo = dscale.floats();
          FloatBuffer dbiasTo = dbias.floats();
          return () -> {
            kernel.affine.fetch();
            for (int group = 0; group < e.groups(); group++) {
              kernel.group(group, stage);
            }
            for (int channel = 0; channel < e.c(); channel++) {
              dscaleTo.put(channel, (float) kernel.dscale[channel]);
              dbiasTo.put(channel, (float) kernel.dbias[channel]);
            }
          };
        });
  }

  /** The backward pass of one group over all images. */
  private static final class Backward {
    private final Extent e;
    private final Kernels.Norm norm;
    private final FloatBuffer x;
    private final FloatBuffer shift;
    private final FloatBuffer statistics;
    private final FloatBuffer dout;
    private final FloatBuffer dx;
    private final FloatBuffer addTo;
    private final FloatBuffer dshift;
    private final Affine affine;
    private final double[] dscale;
    private final double[] dbias;

    Backward(
        Extent e,
        Kernels.Norm norm,
        FloatBuffer dout,
        FloatBuffer dx,
        FloatBuffer addTo,
        FloatBuffer dshift) {
      this.e = e;
      this.norm = norm;
      this.x = norm.x().floats();
      this.shift = norm.shift() == null ? null : norm.shift().floats();
      this.statistics = norm.statistics().floats();
      this.dout = dout;
      this.dx = dx;
      this.addTo = addTo;
      this.dshift = dshift;
      this.affine = new Affine(norm);
      this.dscale = new double[e.c()];
      this.dbias = new double[e.c()];
    }

    void group(int group, PieceBuffers stage) {
      int firstChannel = group * e.perGroup();
      for (int k = 0; k < e.perGroup(); k++) {
        dscale[firstChannel + k] = 0;
        dbias[firstChannel + k] = 0;
      }
      for (int image = 0; image < e.n(); image++) {
        image(image, group, stage);
      }
    }

    private void image(int image, int group, PieceBuffers stage) {
      int length = e.groupLength();
      int offset = e.groupOffset(image, group);
      int firstChannel = group * e.perGroup();
      float mean = statistics.get(2 * (image * e.groups() + group));
      float inverse = statistics.get(2 * (image * e.groups() + group) + 1);
      x.get(offset, stage.x, 0, length);
      addShift(e, shift, image, group, stage.x);
      dout.get(offset, stage.y, 0, length);
      if (norm.dropout() != null) {
        drop(norm.dropout(), image, group * length, stage, stage.y, length);
      }
      stage.mean = mean;
      PieceKernel sums = norm.silu() ? PieceKernel.SILU_SUMS : PieceKernel.PLAIN_SUMS;
      double sum = 0;
      double sumX = 0;
      for (int k = 0; k < e.perGroup(); k++) {
        int channel = firstChannel + k;
        stage.a = inverse * affine.scale[channel];
        stage.b = affine.bias[channel] - mean * stage.a;
        PieceKernel.run(sums, stage, k * e.hw(), e.hw());
        double dy = stage.sum;
        double xhat = (double) stage.sumX * inverse;
        dscale[channel] += xhat;
        dbias[channel] += dy;
        sum += affine.scale[channel] * dy;
        sumX += affine.scale[channel] * xhat;
      }
      // dx = (γ·dy − mean(γ·dy) − xhat·mean(γ·dy·xhat))/σ, as dy·p + (x − mean)·q + r
      float q = (float) (-sumX / length * inverse * inverse);
      float r = (float) (-sum / length * inverse);
      for (int k = 0; k < e.perGroup(); k++) {
        int channel = firstChannel + k;
        float p = inverse * affine.scale[channel];
        combine(stage, k * e.hw(), e.hw(), p, q, r - mean * q);
        if (dshift != null) {
          PieceKernel.run(PieceKernel.TOTAL, stage, k * e.hw(), e.hw());
          dshift.put(image * e.c() + channel, stage.sum);
        }
      }
      if (addTo != null) {
        addTo.get(offset, stage.x, 0, length);
        stage.addXToY(length);
      }
      dx.put(offset, stage.y, 0, length);
    }

    private static void combine(
        PieceBuffers stage, int from, int length, float p, float q, float r) {
      float[] xs = stage.x;
      float[] ys = stage.y;
      for (int i = from; i < from + length; i++) {
        ys[i] = ys[i] * p + (xs[i] * q + r);
      }
    }
  }
}
