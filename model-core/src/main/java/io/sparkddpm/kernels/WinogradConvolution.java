package io.sparkddpm.kernels;

import static io.sparkddpm.kernels.WinogradBand.POINTS;

import io.sparkddpm.kernels.Blas.Matrix;
import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;
import java.nio.FloatBuffer;

/**
 * 3×3 convolutions of stride 1 by Winograd's F(4×4, 3×3) (Lavin and Gray 2016): a quarter of the
 * multiplications, as 36 matrix products over a block of tiles that stays in the cache. The same
 * arithmetic in another order: errors are those of float32, a few times larger than the direct
 * form's.
 */
final class WinogradConvolution {
  /** Tiles in a block: enough for the matrix products, few enough for the cache. */
  private static final int BLOCK_TILES = 128;

  private final MemoryPlan memory;
  private final WinogradBand band;

  /**
   * @param band shared by the convolutions of one thread
   */
  WinogradConvolution(MemoryPlan memory, WinogradBand band) {
    this.memory = memory;
    this.band = band;
  }

  /** Whether the method is for such a convolution. */
  static boolean suits(Kernels.Filter filter, Tensor x) {
    Tensor w = filter.weight();
    return filter.stride() == 1
        && w.size(2) == 3
        && w.size(3) == 3
        && w.size(0) % VectorMath.LANES == 0
        && w.size(1) % VectorMath.LANES == 0
        && x.size(2) % 4 == 0
        && x.size(3) % 4 == 0
        && x.size(2) >= 8;
  }

  /** Sizes of a convolution and of its blocks of bands (a band: four rows of an image). */
  private record Extent(int images, int in, int out, int height, int width, int bands, int block) {
    static Extent of(Kernels.Filter filter, Tensor x) {
      int bands = x.size(0) * (x.size(2) / 4);
      int tiles = x.size(3) / 4;
      return new Extent(
          x.size(0),
          filter.weight().size(1),
          filter.weight().size(0),
          x.size(2),
          x.size(3),
          bands,
          Math.min(bands, Math.max(1, BLOCK_TILES / tiles)));
    }

    int tiles() {
      return width / 4;
    }

    int rows() {
      return block * tiles();
    }

    int image(int band) {
      return band / (height / 4);
    }

    int inImage(int band) {
      return band % (height / 4);
    }
  }

  void forward(Program program, Kernels.Filter filter, Tensor x, Tensor out) {
    Extent e = Extent.of(filter, x);
    band.reserve(Math.max(e.in(), e.out()), e.height(), e.width());
    Tensor u = memory.allocate(POINTS, e.out(), e.in());
    Tensor v = memory.allocate(POINTS, e.rows(), e.in());
    Tensor m = memory.allocate(POINTS, e.rows(), e.out());
    program.emit(LayerKind.CONVOLUTION, () -> new Forward(e, filter, x, out, u, v, m));
    u.release();
    v.release();
    m.release();
  }

  private final class Forward implements Runnable {
    private final Extent e;
    private final FloatBuffer weight;
    private final FloatBuffer bias;
    private final FloatBuffer x;
    private final FloatBuffer out;
    private final FloatBuffer u;
    private final FloatBuffer v;
    private final FloatBuffer m;
    private final Matrix[] filters;
    private final Matrix[] inputs;
    private final Matrix[] outputs;

    Forward(Extent e, Kernels.Filter filter, Tensor x, Tensor out, Tensor u, Tensor v, Tensor m) {
      this.e = e;
      this.weight = filter.weight().floats();
      this.bias = filter.bias().floats();
      this.x = x.floats();
      this.out = out.floats();
      this.u = u.floats();
      this.v = v.floats();
      this.m = m.floats();
      this.filters = Blas.matrices(u, POINTS, e.in());
      this.inputs = Blas.matrices(v, POINTS, e.in());
      this.outputs = Blas.matrices(m, POINTS, e.out());
    }

    @Override
    public void run() {
      transformFilters(e, weight, u);
      band.shape(e.out(), e.height(), e.width());
      band.setBias(bias);
      for (int first = 0; first < e.bands(); first += e.block()) {
        int end = Math.min(e.bands(), first + e.block());
        band.shape(e.in(), e.height(), e.width());
        for (int b = first; b < end; b++) {
          band.input(x, e.image(b), e.inImage(b), v, (b - first) * e.tiles(), e.rows());
        }
        for (int p = 0; p < POINTS; p++) {
          Blas.multiply(
              (end - first) * e.tiles(),
              e.out(),
              e.in(),
              inputs[p],
              false,
              filters[p],
              true,
              0f,
              outputs[p]);
        }
        band.shape(e.out(), e.height(), e.width());
        for (int b = first; b < end; b++) {
          band.output(m, (b - first) * e.tiles(), e.rows(), out, e.image(b), e.inImage(b));
        }
      }
    }
  }

  private void transformFilters(Extent e, FloatBuffer weight, FloatBuffer u) {
    band.shape(e.in(), e.height(), e.width());
    for (int o = 0; o < e.out(); o++) {
      band.filters(weight, o, u, e.out());
    }
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
    band.reserve(Math.max(e.in(), e.out()), e.height(), e.width());
    Tensor u = memory.allocate(POINTS, e.out(), e.in());
    Tensor du = memory.allocate(POINTS, e.out(), e.in());
    Tensor v = memory.allocate(POINTS, e.rows(), e.in());
    Tensor m = memory.allocate(POINTS, e.rows(), e.out());
    program.emit(
        LayerKind.CONVOLUTION,
        () -> new Backward(e, filter, x, dout, dx, dweight, dbias, u, du, v, m));
    u.release();
    du.release();
    v.release();
    m.release();
  }

  private final class Backward implements Runnable {
    private final Extent e;
    private final FloatBuffer weight;
    private final FloatBuffer x;
    private final FloatBuffer dout;
    private final FloatBuffer dx;
    private final FloatBuffer dweight;
    private final FloatBuffer dbias;
    private final FloatBuffer u;
    private final FloatBuffer du;
    private final FloatBuffer v;
    private final FloatBuffer m;
    private final Matrix[] filters;
    private final Matrix[] filterGradients;
    private final Matrix[] inputs;
    private final Matrix[] outputs;

    Backward(
        Extent e,
        Kernels.Filter filter,
        Tensor x,
        Tensor dout,
        Tensor dx,
        Tensor dweight,
        Tensor dbias,
        Tensor u,
        Tensor du,
        Tensor v,
        Tensor m) {
      this.e = e;
      this.weight = filter.weight().floats();
      this.x = x.floats();
      this.dout = dout.floats();
      this.dx = dx.floats();
      this.dweight = dweight.floats();
      this.dbias = dbias.floats();
      this.u = u.floats();
      this.du = du.floats();
      this.v = v.floats();
      this.m = m.floats();
      this.filters = Blas.matrices(u, POINTS, e.in());
      this.filterGradients = Blas.matrices(du, POINTS, e.in());
      this.inputs = Blas.matrices(v, POINTS, e.in());
      this.outputs = Blas.matrices(m, POINTS, e.out());
    }

    @Override
    public void run() {
      transformFilters(e, weight, u);
      band.shape(e.out(), e.height(), e.width());
      band.clearSums();
      for (int first = 0; first < e.bands(); first += e.block()) {
        int end = Math.min(e.bands(), first + e.block());
        int rows = (end - first) * e.tiles();
        band.shape(e.out(), e.height(), e.width());
        for (int b = first; b < end; b++) {
          band.outputBackward(dout, e.image(b), e.inImage(b), m, (b - first) * e.tiles(), e.rows());
        }
        band.shape(e.in(), e.height(), e.width());
        for (int b = first; b < end; b++) {
          band.input(x, e.image(b), e.inImage(b), v, (b - first) * e.tiles(), e.rows());
        }
        for (int p = 0; p < POINTS; p++) {
          Blas.multiply(
              e.out(),
              e.in(),
              rows,
              outputs[p],
              true,
              inputs[p],
              false,
              first == 0 ? 0f : 1f,
              filterGradients[p]);
          Blas.multiply(rows, e.in(), e.out(), outputs[p], false, filters[p], false, 0f, inputs[p]);
        }
        for (int b = first; b < end; b++) {
          band.inputBackward(v, (b - first) * e.tiles(), e.rows(), dx, e.image(b), e.inImage(b));
        }
      }
      band.shape(e.out(), e.height(), e.width());
      band.getSums(dbias);
      band.shape(e.in(), e.height(), e.width());
      for (int o = 0; o < e.out(); o++) {
        band.filtersBackward(du, e.out(), dweight, o);
      }
    }
  }
}
