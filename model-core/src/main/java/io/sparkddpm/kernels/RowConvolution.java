package io.sparkddpm.kernels;

import io.sparkddpm.kernels.Blas.Matrix;
import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Convolutions of items with a single row, as sounds are: the input is unfolded, a row for each
 * channel and place of the kernel, so that each item takes one matrix product.
 */
final class RowConvolution {
  private final MemoryPlan memory;
  private final PieceBuffers stage;

  /**
   * @param stage shared by the kernels of one thread
   */
  RowConvolution(MemoryPlan memory, PieceBuffers stage) {
    this.memory = memory;
    this.stage = stage;
  }

  /** Whether the method is for such a convolution. */
  static boolean suits(Kernels.Filter filter, Tensor x) {
    return x.size(2) == 1 && filter.weight().size(2) == 1 && filter.weight().size(3) > 1;
  }

  /**
   * Sizes of a convolution.
   *
   * @param length of an input row
   * @param places of an output row
   * @param kernel places that it covers
   * @param before zeros before an input row
   */
  private record Extent(
      int items, int in, int out, int length, int places, int kernel, int stride, int before) {
    static Extent of(Kernels.Filter filter, Tensor x) {
      int length = x.size(3);
      int stride = filter.stride();
      int places = length / stride;
      int kernel = filter.weight().size(3);
      int zeros = Math.max(0, (places - 1) * stride + kernel - length);
      return new Extent(
          x.size(0),
          filter.weight().size(1),
          filter.weight().size(0),
          length,
          places,
          kernel,
          stride,
          zeros / 2);
    }

    /** An input row with the zeros around it. */
    int padded() {
      return Math.max(length + before, (places - 1) * stride + kernel);
    }

    int rows() {
      return in * kernel;
    }
  }

  void forward(Program program, Kernels.Filter filter, Tensor x, Tensor out) {
    Extent e = Extent.of(filter, x);
    stage.reserve(e.padded());
    Tensor unfolded = memory.allocate(e.rows(), e.places());
    program.emit(
        LayerKind.CONVOLUTION,
        () -> {
          Matrix weight = Blas.matrices(filter.weight(), 1, e.rows())[0];
          Matrix columns = Blas.matrices(unfolded, 1, e.places())[0];
          Matrix[] outs = Blas.matrices(out, e.items(), e.places());
          FloatBuffer from = x.floats();
          FloatBuffer rows = unfolded.floats();
          FloatBuffer bias = filter.bias().floats();
          FloatBuffer to = out.floats();
          return () -> {
            for (int n = 0; n < e.items(); n++) {
              unfold(e, from, n, rows);
              for (int c = 0; c < e.out(); c++) {
                Arrays.fill(stage.x, 0, e.places(), bias.get(c));
                to.put((n * e.out() + c) * e.places(), stage.x, 0, e.places());
              }
              Blas.multiply(
                  e.out(), e.places(), e.rows(), weight, false, columns, false, 1f, outs[n]);
            }
          };
        });
    unfolded.release();
  }

  void backward(
      Program program,
      Kernels.Filter filter,
      Tensor x,
      Tensor dout,
      Tensor dx,
      Tensor dweight,
      Tensor dbias) {
    Extent e = Extent.of(filter, x);
    stage.reserve(e.padded());
    Tensor unfolded = memory.allocate(e.rows(), e.places());
    program.emit(
        LayerKind.CONVOLUTION,
        () -> {
          Matrix weight = Blas.matrices(filter.weight(), 1, e.rows())[0];
          Matrix weightGradient = Blas.matrices(dweight, 1, e.rows())[0];
          Matrix columns = Blas.matrices(unfolded, 1, e.places())[0];
          Matrix[] douts = Blas.matrices(dout, e.items(), e.places());
          FloatBuffer from = x.floats();
          FloatBuffer rows = unfolded.floats();
          FloatBuffer gradient = dout.floats();
          FloatBuffer to = dx.floats();
          FloatBuffer biasGradient = dbias.floats();
          double[] sums = new double[e.out()];
          return () -> {
            Arrays.fill(sums, 0);
            for (int n = 0; n < e.items(); n++) {
              unfold(e, from, n, rows);
              float sum = n == 0 ? 0f : 1f;
              Blas.multiply(
                  e.out(),
                  e.rows(),
                  e.places(),
                  douts[n],
                  false,
                  columns,
                  true,
                  sum,
                  weightGradient);
              Blas.multiply(
                  e.rows(), e.places(), e.out(), weight, true, douts[n], false, 0f, columns);
              fold(e, rows, n, to);
              for (int c = 0; c < e.out(); c++) {
                gradient.get((n * e.out() + c) * e.places(), stage.y, 0, e.places());
                PieceKernel.run(PieceKernel.TOTAL, stage, 0, e.places());
                sums[c] += stage.sum;
              }
            }
            for (int c = 0; c < e.out(); c++) {
              biasGradient.put(c, (float) sums[c]);
            }
          };
        });
    unfolded.release();
  }

  /** Row (channel, k) at place p: the item's channel at place stride·p + k − before. */
  private void unfold(Extent e, FloatBuffer from, int item, FloatBuffer rows) {
    float[] row = stage.x;
    float[] picked = stage.y;
    Arrays.fill(row, 0, e.before(), 0);
    Arrays.fill(row, e.before() + e.length(), e.padded(), 0);
    for (int c = 0; c < e.in(); c++) {
      from.get((item * e.in() + c) * e.length(), row, e.before(), e.length());
      for (int k = 0; k < e.kernel(); k++) {
        int at = (c * e.kernel() + k) * e.places();
        if (e.stride() == 1) {
          rows.put(at, row, k, e.places());
        } else {
          for (int p = 0; p < e.places(); p++) {
            picked[p] = row[e.stride() * p + k];
          }
          rows.put(at, picked, 0, e.places());
        }
      }
    }
  }

  /** Adds up what {@link #unfold} copied. */
  private void fold(Extent e, FloatBuffer rows, int item, FloatBuffer to) {
    float[] row = stage.x;
    float[] sum = stage.y;
    for (int c = 0; c < e.in(); c++) {
      Arrays.fill(sum, 0, e.padded(), 0);
      for (int k = 0; k < e.kernel(); k++) {
        rows.get((c * e.kernel() + k) * e.places(), row, 0, e.places());
        if (e.stride() == 1) {
          for (int p = 0; p < e.places(); p++) {
            sum[p + k] += row[p];
          }
        } else {
          for (int p = 0; p < e.places(); p++) {
            sum[e.stride() * p + k] += row[p];
          }
        }
      }
      to.put((item * e.in() + c) * e.length(), sum, e.before(), e.length());
    }
  }
}
