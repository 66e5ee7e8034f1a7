package io.sparkddpm.kernels;

import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;
import java.nio.FloatBuffer;
import java.util.Arrays;

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
    } else if (SinglePixelConvolution.suits(filter, x)) {
      SinglePixelConvolution.forward(program, filter, x, out);
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
    } else if (SinglePixelConvolution.suits(filter, x)) {
      SinglePixelConvolution.backward(program, filter, x, dout, dx, dweight, dbias);
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

  @Override
  public void normForward(Program program, Norm norm, Tensor out) {
    VectorNorm.forward(program, stage, norm, out);
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
    VectorNorm.backward(program, stage, norm, dout, dx, addTo, dscale, dbias, dshift);
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
                stage.addXToY(length);
                to.put(offset, stage.y, 0, length);
              });
        });
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
    int copies = out.size(2) / x.size(2);
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
              for (int copy = 0; copy < copies; copy++) {
                to.put((copies * row + copy) * 2 * w, stage.y, 0, 2 * w);
              }
            }
          };
        });
  }

  @Override
  public void upsampleBackward(Program program, Tensor dout, Tensor dx) {
    int w = dx.size(3);
    int copies = dout.size(2) / dx.size(2);
    stage.reserve(4 * w);
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          FloatBuffer from = dout.floats();
          FloatBuffer to = dx.floats();
          int count = to.capacity() / w;
          return () -> {
            for (int row = 0; row < count; row++) {
              from.get(2 * copies * row * w, stage.x, 0, 2 * copies * w);
              for (int i = 0; i < w; i++) {
                float above = stage.x[2 * i] + stage.x[2 * i + 1];
                stage.y[i] =
                    copies == 1
                        ? above
                        : above + (stage.x[2 * w + 2 * i] + stage.x[2 * w + 2 * i + 1]);
              }
              to.put(row * w, stage.y, 0, w);
            }
          };
        });
  }

  @Override
  public void gaussian(Program program, Tensor moments, Bounds bounds, Tensor noise, Tensor out) {
    HostGaussian.forward(program, moments, bounds, noise, out);
  }

  @Override
  public void gaussianBackward(
      Program program, Tensor moments, Bounds bounds, Tensor out, Tensor dout, Tensor dmoments) {
    HostGaussian.backward(program, moments, bounds, out, dout, dmoments);
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
              stage.addXToY(width);
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
            Arrays.fill(stage.y, 0, width, 0f);
            for (int r = 0; r < rows.size(0); r++) {
              from.get(r * width, stage.x, 0, width);
              stage.addXToY(width);
            }
            to.put(0, stage.y, 0, width);
          };
        });
  }

  @Override
  public void lookUp(Program program, Tensor table, int[] labels, Tensor out) {
    VectorTable.lookUp(program, stage, table, labels, out);
  }

  @Override
  public void lookUpBackward(Program program, Tensor dout, int[] labels, Tensor dtable) {
    VectorTable.lookUpBackward(program, stage, dout, labels, dtable);
  }
}
