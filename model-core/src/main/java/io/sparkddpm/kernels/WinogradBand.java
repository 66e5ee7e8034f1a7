package io.sparkddpm.kernels;

import static io.sparkddpm.kernels.VectorMath.LANES;

import io.sparkddpm.kernels.WinogradKernel.Pass;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Moves a band of tiles (four rows of an image, all channels) between an image's planes and the 36
 * matrices of Winograd's transform, [36, tiles, channels], by way of arrays that stay in the cache.
 */
final class WinogradBand {
  static final int POINTS = 36;
  private static final int TILE = 4;
  private static final int PATCH = 6;

  private static final float[] ZERO = new float[LANES];

  private final Pass pass = new Pass();

  /** Pixels of one vector of channels, [rows, columns, lanes]. */
  private float[] patch = {};

  /** Between the two one-dimensional transforms. */
  private float[] half = {};

  /** [36, tiles, channels]. */
  private float[] points = {};

  /** Per channel: what is added to the output, or the sums of its gradient. */
  private float[] bias = {};

  private int tiles;
  private int width;
  private int height;
  private int channels;
  private float[] plane = {};
  private float[] carried = {};

  /** Makes room for images of this shape. */
  void reserve(int channels, int height, int width) {
    patch = grown(patch, Math.max(PATCH * (width + 2) * LANES, 9 * channels));
    half = grown(half, Math.max(POINTS * (width / TILE + 1) * LANES, 18 * channels));
    points = grown(points, POINTS * Math.max(1, width / TILE) * channels);
    bias = grown(bias, channels);
    plane = grown(plane, Math.max(PATCH * width, 9 * channels));
    carried = grown(carried, 2 * (width + 2) * channels);
  }

  private static float[] grown(float[] array, int length) {
    return array.length < length ? new float[length] : array;
  }

  /** From now on works on images of this shape. */
  void shape(int channels, int height, int width) {
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.tiles = width / TILE;
  }

  /** What {@link #output} adds, one a channel. */
  void setBias(FloatBuffer from) {
    from.get(0, bias, 0, channels);
  }

  /** Sets the sums of {@link #outputBackward} to zero. */
  void clearSums() {
    Arrays.fill(bias, 0, channels, 0f);
  }

  /** The sums of all gradients since {@link #clearSums}, one a channel. */
  void getSums(FloatBuffer to) {
    to.put(0, bias, 0, channels);
  }

  // ---- planes to points and back; x: an image's first element, band: tile row

  /** matrices[point][row…] = Bᵀ d B. */
  void input(FloatBuffer x, int image, int band, FloatBuffer matrices, int row, int rows) {
    int from = Math.max(0, TILE * band - 1);
    int to = Math.min(height, TILE * band + TILE + 1);
    int first = from - (TILE * band - 1);
    int line = width + 2;
    for (int block = 0; block < channels / LANES; block++) {
      clearBorder(first, first + to - from);
      for (int lane = 0; lane < LANES; lane++) {
        int channel = image * channels + block * LANES + lane;
        x.get((channel * height + from) * width, plane, 0, (to - from) * width);
        spread(plane, (to - from), width, patch, (first * line + 1) * LANES + lane, line * LANES);
      }
      transformInput(block);
    }
    store(matrices, row, rows);
  }

  private void clearBorder(int first, int end) {
    int line = (width + 2) * LANES;
    Arrays.fill(patch, 0, first * line, 0f);
    Arrays.fill(patch, end * line, PATCH * line, 0f);
    for (int r = first; r < end; r++) {
      Arrays.fill(patch, r * line, r * line + LANES, 0f);
      Arrays.fill(patch, (r + 1) * line - LANES, (r + 1) * line, 0f);
    }
  }

  /** y = Aᵀ M A + bias. */
  void output(FloatBuffer matrices, int row, int rows, FloatBuffer y, int image, int band) {
    fetch(matrices, row, rows);
    for (int block = 0; block < channels / LANES; block++) {
      transformOutput(block);
      for (int lane = 0; lane < LANES; lane++) {
        gather(patch, lane, plane, 0, TILE * width);
        int channel = image * channels + block * LANES + lane;
        y.put((channel * height + TILE * band) * width, plane, 0, TILE * width);
      }
    }
  }

  /** matrices[point][row…] = A dy Aᵀ; adds up dy by channel. */
  void outputBackward(
      FloatBuffer dy, int image, int band, FloatBuffer matrices, int row, int rows) {
    for (int block = 0; block < channels / LANES; block++) {
      for (int lane = 0; lane < LANES; lane++) {
        int channel = image * channels + block * LANES + lane;
        dy.get((channel * height + TILE * band) * width, plane, 0, TILE * width);
        spread(plane, 1, TILE * width, patch, lane, 0);
      }
      transformOutputGradient(block);
    }
    store(matrices, row, rows);
  }

  /**
   * dx = Σ B dV Bᵀ over tiles that overlap. Bands of an image must come in order: two rows of each
   * wait for the next.
   */
  void inputBackward(FloatBuffer matrices, int row, int rows, FloatBuffer dx, int image, int band) {
    fetch(matrices, row, rows);
    boolean top = band == 0;
    boolean bottom = TILE * (band + 1) == height;
    int line = (width + 2) * LANES;
    int first = top ? 1 : 0;
    int end = bottom ? TILE + 1 : TILE;
    for (int block = 0; block < channels / LANES; block++) {
      int waiting = block * 2 * line;
      if (top) {
        Arrays.fill(patch, 0, 2 * line, 0f);
      } else {
        System.arraycopy(carried, waiting, patch, 0, 2 * line);
      }
      Arrays.fill(patch, 2 * line, PATCH * line, 0f);
      transformInputGradient(block);
      for (int lane = 0; lane < LANES; lane++) {
        for (int r = first; r < end; r++) {
          gather(patch, r * line + LANES + lane, plane, (r - first) * width, width);
        }
        int channel = image * channels + block * LANES + lane;
        dx.put(
            (channel * height + TILE * band - 1 + first) * width, plane, 0, (end - first) * width);
      }
      System.arraycopy(patch, TILE * line, carried, waiting, 2 * line);
    }
  }

  // ---- the two passes of each transform

  private void run(WinogradKernel kernel) {
    WinogradKernel.run(kernel, pass);
  }

  private int point() {
    return tiles * channels;
  }

  private void transformInput(int block) {
    int line = (width + 2) * LANES;
    pass.from(patch, 0, line).to(half, 0, line).outer(1, 0, 0).inner(width + 2, LANES, LANES);
    run(WinogradKernel.BT);
    pass.from(half, 0, LANES).to(points, block * LANES, point());
    pass.outer(PATCH, line, PATCH * point()).inner(tiles, TILE * LANES, channels);
    run(WinogradKernel.BT);
  }

  private void transformInputGradient(int block) {
    int line = (width + 2) * LANES;
    pass.from(points, block * LANES, PATCH * point()).to(half, 0, PATCH * LANES);
    pass.outer(tiles, channels, POINTS * LANES).inner(PATCH, point(), LANES);
    run(WinogradKernel.B);
    pass.from(half, 0, LANES).to(patch, 0, LANES);
    pass.outer(tiles, POINTS * LANES, TILE * LANES).inner(PATCH, PATCH * LANES, line);
    run(WinogradKernel.ADD_B);
  }

  private void transformOutput(int block) {
    pass.from(points, block * LANES, PATCH * point()).to(half, 0, PATCH * LANES).plus(ZERO, 0);
    pass.outer(tiles, channels, POINTS * LANES).inner(PATCH, point(), LANES);
    run(WinogradKernel.AT);
    pass.from(half, 0, LANES).to(patch, 0, LANES).plus(bias, block * LANES);
    pass.outer(tiles, POINTS * LANES, TILE * LANES).inner(TILE, PATCH * LANES, width * LANES);
    run(WinogradKernel.AT);
  }

  private void transformOutputGradient(int block) {
    int line = width * LANES;
    pass.from(patch, 0, LANES).to(bias, block * LANES, 0).inner(TILE * width, 0, 0);
    run(WinogradKernel.SUM);
    pass.from(patch, 0, line).to(half, 0, line).outer(1, 0, 0).inner(width, LANES, LANES);
    run(WinogradKernel.A);
    pass.from(half, 0, LANES).to(points, block * LANES, point());
    pass.outer(PATCH, line, PATCH * point()).inner(tiles, TILE * LANES, channels);
    run(WinogradKernel.A);
  }

  private void transformFilter() {
    int c = channels;
    pass.from(patch, 0, 3 * c).to(half, 0, 3 * LANES);
    pass.outer(c / LANES, LANES, 18 * LANES).inner(3, c, LANES);
    run(WinogradKernel.G);
    pass.from(half, 0, LANES).to(points, 0, c);
    pass.outer(c / LANES, 18 * LANES, LANES).inner(PATCH, 3 * LANES, PATCH * c);
    run(WinogradKernel.G);
  }

  private void transformFilterGradient() {
    int c = channels;
    pass.from(points, 0, PATCH * c).to(half, 0, PATCH * LANES);
    pass.outer(c / LANES, LANES, 18 * LANES).inner(PATCH, c, LANES);
    run(WinogradKernel.GT);
    pass.from(half, 0, LANES).to(patch, 0, c);
    pass.outer(c / LANES, 18 * LANES, LANES).inner(3, PATCH * LANES, 3 * c);
    run(WinogradKernel.GT);
  }

  private void store(FloatBuffer matrices, int row, int rows) {
    int length = tiles * channels;
    for (int p = 0; p < POINTS; p++) {
      matrices.put((p * rows + row) * channels, points, p * length, length);
    }
  }

  private void fetch(FloatBuffer matrices, int row, int rows) {
    int length = tiles * channels;
    for (int p = 0; p < POINTS; p++) {
      matrices.get((p * rows + row) * channels, points, p * length, length);
    }
  }

  private static void spread(float[] plane, int rows, int width, float[] to, int at, int line) {
    for (int r = 0; r < rows; r++) {
      int o = at + r * line;
      for (int w = 0; w < width; w++) {
        to[o + w * LANES] = plane[r * width + w];
      }
    }
  }

  private static void gather(float[] from, int at, float[] plane, int offset, int length) {
    for (int w = 0; w < length; w++) {
      plane[offset + w] = from[at + w * LANES];
    }
  }

  // ---- filters: weight [out, in, 3, 3], matrices [36, out, in]

  /** U = G g Gᵀ of one output channel's filters. */
  void filters(FloatBuffer weight, int output, FloatBuffer matrices, int outputs) {
    weight.get(output * 9 * channels, plane, 0, 9 * channels);
    for (int c = 0; c < channels; c++) {
      for (int k = 0; k < 9; k++) {
        patch[k * channels + c] = plane[9 * c + k];
      }
    }
    transformFilter();
    for (int p = 0; p < POINTS; p++) {
      matrices.put((p * outputs + output) * channels, points, p * channels, channels);
    }
  }

  /** dg = Gᵀ dU G of one output channel's filters. */
  void filtersBackward(FloatBuffer matrices, int outputs, FloatBuffer dweight, int output) {
    for (int p = 0; p < POINTS; p++) {
      matrices.get((p * outputs + output) * channels, points, p * channels, channels);
    }
    transformFilterGradient();
    for (int c = 0; c < channels; c++) {
      for (int k = 0; k < 9; k++) {
        plane[9 * c + k] = patch[k * channels + c];
      }
    }
    dweight.put(output * 9 * channels, plane, 0, 9 * channels);
  }
}
