package io.sparkddpm.kernels;

import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;
import java.nio.FloatBuffer;

/**
 * The kernels on the JVM's vector unit, for float32 in host memory. Each piece of a tensor is
 * staged through arrays that stay in the cache, so that a kernel reads and writes main memory once.
 * All work is done by the calling thread: a network for each share of a batch uses the cores.
 */
public final class VectorKernels implements Kernels {
  /** Floats staged at a time by kernels that have no natural piece. */
  private static final int CHUNK = 4096;

  private final PieceBuffers stage = new PieceBuffers();
  private final WinogradConvolution winograd;
  private final PointwiseConvolution pointwise;

  public VectorKernels(MemoryPlan memory) {
    winograd = new WinogradConvolution(memory, new WinogradBand());
    pointwise = new PointwiseConvolution(stage);
    stage.reserve(CHUNK);
  }

  // ---- convolutions and products

  @Override
  public void convolution(Program program, Filter filter, Tensor x, Tensor out) {
    if (WinogradConvolution.suits(filter, x)) {
      winograd.forward(program, filter, x, out);
    } else if (PointwiseConvolution.suits(filter)) {
      pointwise.forward(program, filter, x, out);
    } else {
      NativeConvolution.forward(program, filter, x, out);
    }
  }

  @Override
  public void convolutionBackward(
      Program program,
      Filter filter,
      Tensor x,
      Tensor dout,
      Tensor dx,
      Tensor dweight,
      Tensor dbias) {
    if (WinogradConvolution.suits(filter, x)) {
      winograd.backward(program, filter, x, dout, dx, dweight, dbias);
    } else if (PointwiseConvolution.suits(filter)) {
      pointwise.backward(program, filter, x, dout, dx, dweight, dbias);
    } else {
      NativeConvolution.backward(program, filter, x, dout, dx, dweight, dbias);
    }
  }

  @Override
  public void product(
      Program program, Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
    int images = out.size(0);
    int m = out.size(1);
    int n = columns(out);
    int k = transposeA ? a.size(1) : columns(a);
    program.emit(
        LayerKind.ATTENTION,
        () -> {
          Blas.Matrix[] as = Blas.matrices(a, images, columns(a));
          Blas.Matrix[] bs = Blas.matrices(b, images, columns(b));
          Blas.Matrix[] outs = Blas.matrices(out, images, n);
          return () -> {
            for (int i = 0; i < images; i++) {
              Blas.multiply(m, n, k, as[i], transposeA, bs[i], transposeB, 0f, outs[i]);
            }
          };
        });
  }

  private static int columns(Tensor t) {
    return Math.toIntExact(t.length() / t.size(0) / t.size(1));
  }

  // ---- GroupNorm

  /** Sizes of a norm. */
  private record Extent(int n, int c, int hw, int groups, int perGroup) {
    static Extent of(Norm norm) {
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

    Affine(Norm norm) {
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

  @Override
  public void normForward(Program program, Norm norm, Tensor out) {
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
              float inverse = (float) (1.0 / Math.sqrt(stage.variance + EPSILON));
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

  @Override
  public void normBackward(
      Program program,
      Norm norm,
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
          NormBackward kernel =
              new NormBackward(
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
  private static final class NormBackward {
    private final Extent e;
    private final Norm norm;
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

    NormBackward(
        Extent e,
        Norm norm,
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
        add(stage.x, stage.y, length);
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

  // ---- element-wise

  /** A kernel over chunks of a tensor of any shape. */
  private interface ChunkKernel {
    void run(PieceBuffers stage, int offset, int length);
  }

  private Runnable chunked(long length, ChunkKernel kernel) {
    int total = Math.toIntExact(length);
    int chunks = (total + CHUNK - 1) / CHUNK;
    return () -> {
      for (int chunk = 0; chunk < chunks; chunk++) {
        int offset = chunk * CHUNK;
        kernel.run(stage, offset, Math.min(CHUNK, total - offset));
      }
    };
  }

  @Override
  public void silu(Program program, Tensor x, Tensor out) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          FloatBuffer from = x.floats();
          FloatBuffer to = out.floats();
          return chunked(
              x.length(),
              (stage, offset, length) -> {
                from.get(offset, stage.x, 0, length);
                stage.a = 1;
                stage.b = 0;
                PieceKernel.run(PieceKernel.SILU, stage, 0, length);
                to.put(offset, stage.x, 0, length);
              });
        });
  }

  @Override
  public void siluBackward(Program program, Tensor x, Tensor dout, Tensor dx) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          FloatBuffer from = x.floats();
          FloatBuffer gradient = dout.floats();
          FloatBuffer to = dx.floats();
          return chunked(
              x.length(),
              (stage, offset, length) -> {
                from.get(offset, stage.x, 0, length);
                gradient.get(offset, stage.y, 0, length);
                stage.a = 1;
                stage.b = 0;
                stage.mean = 0;
                PieceKernel.run(PieceKernel.SILU_SUMS, stage, 0, length);
                to.put(offset, stage.y, 0, length);
              });
        });
  }

  @Override
  public void addInPlace(Program program, Tensor x, Tensor target) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          FloatBuffer from = x.floats();
          FloatBuffer to = target.floats();
          return chunked(
              x.length(),
              (stage, offset, length) -> {
                from.get(offset, stage.x, 0, length);
                to.get(offset, stage.y, 0, length);
                add(stage.x, stage.y, length);
                to.put(offset, stage.y, 0, length);
              });
        });
  }

  private static void add(float[] x, float[] target, int length) {
    for (int i = 0; i < length; i++) {
      target[i] += x[i];
    }
  }

  // ---- copies

  @Override
  public void concat(Program program, Tensor a, Tensor b, Tensor out) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          FloatBuffer whole = out.floats();
          FloatBuffer first = a.floats();
          FloatBuffer second = b.floats();
          int n = out.size(0);
          int lengthA = first.capacity() / n;
          int lengthB = second.capacity() / n;
          return () -> {
            for (int i = 0; i < n; i++) {
              whole.put(i * (lengthA + lengthB), first, i * lengthA, lengthA);
              whole.put(i * (lengthA + lengthB) + lengthA, second, i * lengthB, lengthB);
            }
          };
        });
  }

  @Override
  public void split(Program program, Tensor dout, Tensor da, Tensor db) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          FloatBuffer whole = dout.floats();
          FloatBuffer first = da.floats();
          FloatBuffer second = db.floats();
          int n = dout.size(0);
          int lengthA = first.capacity() / n;
          int lengthB = second.capacity() / n;
          return () -> {
            for (int i = 0; i < n; i++) {
              first.put(i * lengthA, whole, i * (lengthA + lengthB), lengthA);
              second.put(i * lengthB, whole, i * (lengthA + lengthB) + lengthA, lengthB);
            }
          };
        });
  }

  @Override
  public void upsample(Program program, Tensor x, Tensor out) {
    int w = x.size(3);
    stage.reserve(2 * w);
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          FloatBuffer from = x.floats();
          FloatBuffer to = out.floats();
          int count = from.capacity() / w;
          return () -> {
            for (int row = 0; row < count; row++) {
              from.get(row * w, stage.x, 0, w);
              for (int i = 0; i < w; i++) {
                stage.y[2 * i] = stage.x[i];
                stage.y[2 * i + 1] = stage.x[i];
              }
              to.put(4 * row * w, stage.y, 0, 2 * w);
              to.put(4 * row * w + 2 * w, stage.y, 0, 2 * w);
            }
          };
        });
  }

  @Override
  public void upsampleBackward(Program program, Tensor dout, Tensor dx) {
    int w = dx.size(3);
    stage.reserve(4 * w);
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          FloatBuffer from = dout.floats();
          FloatBuffer to = dx.floats();
          int count = to.capacity() / w;
          return () -> {
            for (int row = 0; row < count; row++) {
              from.get(4 * row * w, stage.x, 0, 4 * w);
              for (int i = 0; i < w; i++) {
                stage.y[i] =
                    (stage.x[2 * i] + stage.x[2 * i + 1])
                        + (stage.x[2 * w + 2 * i] + stage.x[2 * w + 2 * i + 1]);
              }
              to.put(row * w, stage.y, 0, w);
            }
          };
        });
  }

  // ---- softmax

  @Override
  public void softmax(Program program, Tensor x, double scale, Tensor out) {
    int width = x.size(x.shape().length - 1);
    stage.reserve(width);
    program.emit(
        LayerKind.ATTENTION,
        () -> {
          FloatBuffer from = x.floats();
          FloatBuffer to = out.floats();
          int count = from.capacity() / width;
          return () -> {
            stage.scale = (float) scale;
            for (int r = 0; r < count; r++) {
              from.get(r * width, stage.x, 0, width);
              PieceKernel.run(PieceKernel.SOFTMAX, stage, 0, width);
              to.put(r * width, stage.x, 0, width);
            }
          };
        });
  }

  @Override
  public void softmaxBackward(Program program, Tensor p, Tensor dp, double scale, Tensor dx) {
    int width = p.size(p.shape().length - 1);
    stage.reserve(width);
    program.emit(
        LayerKind.ATTENTION,
        () -> {
          FloatBuffer probabilities = p.floats();
          FloatBuffer gradient = dp.floats();
          FloatBuffer to = dx.floats();
          int count = probabilities.capacity() / width;
          return () -> {
            stage.scale = (float) scale;
            for (int r = 0; r < count; r++) {
              probabilities.get(r * width, stage.x, 0, width);
              gradient.get(r * width, stage.y, 0, width);
              PieceKernel.run(PieceKernel.SOFTMAX_BACKWARD, stage, 0, width);
              to.put(r * width, stage.y, 0, width);
            }
          };
        });
  }

  // ---- biases of dense layers: small, [N, K]

  @Override
  public void addBias(Program program, Tensor bias, Tensor rows) {
    int width = rows.size(1);
    stage.reserve(width);
    program.emit(
        LayerKind.DENSE,
        () -> {
          FloatBuffer from = bias.floats();
          FloatBuffer to = rows.floats();
          return () -> {
            from.get(0, stage.x, 0, width);
            for (int r = 0; r < rows.size(0); r++) {
              to.get(r * width, stage.y, 0, width);
              add(stage.x, stage.y, width);
              to.put(r * width, stage.y, 0, width);
            }
          };
        });
  }

  @Override
  public void biasBackward(Program program, Tensor rows, Tensor dbias) {
    int width = rows.size(1);
    stage.reserve(width);
    program.emit(
        LayerKind.DENSE,
        () -> {
          FloatBuffer from = rows.floats();
          FloatBuffer to = dbias.floats();
          return () -> {
            java.util.Arrays.fill(stage.y, 0, width, 0f);
            for (int r = 0; r < rows.size(0); r++) {
              from.get(r * width, stage.x, 0, width);
              add(stage.x, stage.y, width);
            }
            to.put(0, stage.y, 0, width);
          };
        });
  }

  // ---- a table's rows

  @Override
  public void lookUp(Program program, Tensor table, int[] labels, Tensor out) {
    int width = table.size(1);
    stage.reserve(width);
    program.emit(
        LayerKind.DENSE,
        () -> {
          FloatBuffer from = table.floats();
          FloatBuffer to = out.floats();
          return () -> {
            for (int n = 0; n < labels.length; n++) {
              if (labels[n] >= 0) {
                from.get(labels[n] * width, stage.x, 0, width);
              } else {
                java.util.Arrays.fill(stage.x, 0, width, 0f);
              }
              to.put(n * width, stage.x, 0, width);
            }
          };
        });
  }

  @Override
  public void lookUpBackward(Program program, Tensor dout, int[] labels, Tensor dtable) {
    int width = dtable.size(1);
    stage.reserve(width);
    program.emit(
        LayerKind.DENSE,
        () -> {
          FloatBuffer from = dout.floats();
          FloatBuffer to = dtable.floats();
          return () -> {
            java.util.Arrays.fill(stage.y, 0, width, 0f);
            for (int row = 0; row < dtable.size(0); row++) {
              to.put(row * width, stage.y, 0, width);
            }
            for (int n = 0; n < labels.length; n++) {
              if (labels[n] >= 0) {
                from.get(n * width, stage.x, 0, width);
                to.get(labels[n] * width, stage.y, 0, width);
                add(stage.x, stage.y, width);
                to.put(labels[n] * width, stage.y, 0, width);
              }
            }
          };
        });
  }
}
