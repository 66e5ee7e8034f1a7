package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * Inner products of all pairs of two blocks of vectors, in double, by the matrix product. Equal
 * blocks give equal bits on one kind of processor.
 */
public final class Gram {
  private final float[] x;
  private final float[] y;
  private final int dimension;
  private final double[] products;
  private final double[] squaresX;
  private final double[] squaresY;

  /**
   * Below this share of |x|² + |y|² the difference of the squares has lost too many digits to
   * decide between zero and nearly zero: such distances are summed directly.
   */
  private static final double NEAR = 1e-7;

  /**
   * Multiplies the blocks.
   *
   * @param x flat [M, D]
   * @param y flat [N, D]
   */
  public Gram(float[] x, float[] y, int dimension) {
    checkArgument(
        x.length % dimension == 0 && y.length % dimension == 0,
        "%d and %d values are no rows of %d",
        x.length,
        y.length,
        dimension);
    this.x = x;
    this.y = y;
    this.dimension = dimension;
    this.products =
        Lapack.multiplyByTranspose(
            widen(x), widen(y), x.length / dimension, dimension, y.length / dimension);
    this.squaresX = squares(x, dimension);
    this.squaresY = squares(y, dimension);
  }

  private static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static double[] squares(float[] values, int dimension) {
    double[] squares = new double[values.length / dimension];
    for (int i = 0; i < squares.length; i++) {
      squares[i] = VectorSums.dot(values, i * dimension, values, i * dimension, dimension);
    }
    return squares;
  }

  /** M. */
  public int rows() {
    return squaresX.length;
  }

  /** N. */
  public int columns() {
    return squaresY.length;
  }

  /** x_i·y_j. */
  public double product(int i, int j) {
    return products[i * squaresY.length + j];
  }

  /** |x_i − y_j|², exactly 0 for equal vectors. */
  public double squaredDistance(int i, int j) {
    double both = squaresX[i] + squaresY[j];
    double difference = both - 2 * products[i * squaresY.length + j];
    return difference > NEAR * both
        ? difference
        : VectorSums.squaredDistance(x, i * dimension, y, j * dimension, dimension);
  }
}
