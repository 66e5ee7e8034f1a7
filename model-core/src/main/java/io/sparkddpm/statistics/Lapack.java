package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import org.bytedeco.openblas.global.openblas;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Dense linear algebra by LAPACK in double. A LAPACK that returns success and wrong numbers has
 * been seen, so every result is checked against its definition.
 */
public final class Lapack {
  private static final int ROW_MAJOR = 101;
  private static final int NO_TRANSPOSE = 111;
  private static final int TRANSPOSE = 112;

  /** What a check may miss by, in units of n·ε·‖A‖; right results stay near 1. */
  private static final double SLACK = 100;

  private Lapack() {}

  /**
   * A = VΛVᵀ.
   *
   * @param values ascending
   * @param vectors [n, n] by rows; column k belongs to value k
   */
  record Eigen(double[] values, double[] vectors) {}

  /**
   * Eigenvalues and eigenvectors of a symmetric matrix [n, n].
   *
   * @throws IllegalStateException if LAPACK fails or its result is not a decomposition
   */
  static Eigen symmetricEigen(double[] matrix, int n) {
    checkArgument(matrix.length == n * n, "a %d×%d matrix has not %d values", n, n, matrix.length);
    double[] vectors = matrix.clone();
    double[] values = new double[n];
    int info = openblas.LAPACKE_dsyevd(ROW_MAJOR, (byte) 'V', (byte) 'U', n, vectors, n, values);
    if (info != 0) {
      throw new IllegalStateException("LAPACK dsyevd failed with info " + info + " for n = " + n);
    }
    checkEigen(matrix, values, vectors, n);
    return new Eigen(values, vectors);
  }

  /**
   * Eigenvalues of a symmetric matrix [n, n], ascending.
   *
   * @throws IllegalStateException if LAPACK fails or their squares do not add up
   */
  static double[] symmetricEigenvalues(double[] matrix, int n) {
    checkArgument(matrix.length == n * n, "a %d×%d matrix has not %d values", n, n, matrix.length);
    double[] values = new double[n];
    int info =
        openblas.LAPACKE_dsyevd(ROW_MAJOR, (byte) 'N', (byte) 'U', n, matrix.clone(), n, values);
    if (info != 0) {
      throw new IllegalStateException("LAPACK dsyevd failed with info " + info + " for n = " + n);
    }
    double found = norm(values);
    double norm = norm(matrix);
    if (!(Math.abs(found - norm) <= SLACK * n * Math.ulp(1.0) * norm)) {
      throw new IllegalStateException(
          "LAPACK's eigenvalues are wrong: their norm is " + found + ", not " + norm);
    }
    return values;
  }

  /** Whether a symmetric matrix [n, n], which is overwritten, has a Cholesky factor. */
  static boolean isPositiveDefinite(double[] matrix, int n) {
    return openblas.LAPACKE_dpotrf(ROW_MAJOR, (byte) 'U', n, matrix, n) == 0;
  }

  /**
   * The solution x of A x = b.
   *
   * @param matrix symmetric and positive definite, [n, n]
   * @param right b, [n]
   * @throws IllegalArgumentException if the matrix is not positive definite
   * @throws IllegalStateException if what LAPACK returns is no solution
   */
  public static double[] solveSymmetric(double[] matrix, double[] right) {
    int n = right.length;
    checkArgument(matrix.length == n * n, "a %d×%d matrix has not %d values", n, n, matrix.length);
    double[] x = right.clone();
    int info = openblas.LAPACKE_dposv(ROW_MAJOR, (byte) 'U', n, 1, matrix.clone(), n, x, 1);
    checkArgument(info == 0, "the matrix is not positive definite (row %d)", info);
    double[] residual = multiply(matrix, x, n, n, 1);
    for (int i = 0; i < n; i++) {
      residual[i] -= right[i];
    }
    double bound = SLACK * n * Math.ulp(1.0) * (norm(matrix) * norm(x) + norm(right));
    if (!(norm(residual) <= bound)) {
      throw new IllegalStateException(
          "LAPACK's solution misses by " + norm(residual) + ", allowed are " + bound);
    }
    return x;
  }

  private static void checkEigen(double[] matrix, double[] values, double[] vectors, int n) {
    double[] residual = multiply(matrix, vectors, n, n, n);
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < n; k++) {
        residual[i * n + k] -= vectors[i * n + k] * values[k];
      }
    }
    double allowed = SLACK * n * Math.ulp(1.0);
    double norm = norm(matrix);
    double off = norm(residual);
    if (!(off <= allowed * norm)) {
      throw new IllegalStateException(
          "LAPACK's eigenvectors are wrong: |AV-VL| is "
              + off
              + " for |A| = "
              + norm
              + ", n = "
              + n
              + "; another OpenBLAS than the one pinned by this program may be loaded");
    }
    double[] gram = multiplyTransposed(vectors, vectors, n, n, n);
    for (int i = 0; i < n; i++) {
      gram[i * n + i] -= 1;
    }
    double skew = norm(gram);
    if (!(skew <= allowed)) {
      throw new IllegalStateException(
          "LAPACK's eigenvectors are not orthonormal: |V'V-I| is " + skew + ", n = " + n);
    }
  }

  /**
   * The singular values of a matrix [rows, columns], descending.
   *
   * @throws IllegalStateException if LAPACK fails or their squares do not add up
   */
  static double[] singularValues(double[] matrix, int rows, int columns) {
    checkArgument(
        matrix.length == rows * columns,
        "a %d×%d matrix has not %d values",
        rows,
        columns,
        matrix.length);
    double[] values = new double[Math.min(rows, columns)];
    if (values.length == 0) {
      return values;
    }
    double[] unused = new double[1];
    int info =
        openblas.LAPACKE_dgesdd(
            ROW_MAJOR,
            (byte) 'N',
            rows,
            columns,
            matrix.clone(),
            columns,
            values,
            unused,
            1,
            unused,
            1);
    if (info != 0) {
      throw new IllegalStateException("LAPACK dgesdd failed with info " + info);
    }
    // Two moments of the singular values that the matrix gives without a decomposition.
    double[] gram =
        rows <= columns
            ? multiplyByTranspose(matrix, matrix, rows, columns, rows)
            : multiplyTransposed(matrix, matrix, columns, rows, columns);
    double second = 0;
    double fourth = 0;
    for (double value : values) {
      second += value * value;
      fourth += value * value * value * value;
    }
    double allowed = SLACK * values.length * Math.ulp(1.0);
    double square = norm(matrix) * norm(matrix);
    double gramSquare = norm(gram) * norm(gram);
    if (!(Math.abs(second - square) <= allowed * square)
        || !(Math.abs(fourth - gramSquare) <= allowed * gramSquare)) {
      throw new IllegalStateException(
          "LAPACK's singular values are wrong: their squares add up to "
              + second
              + ", not "
              + square);
    }
    return values;
  }

  /** A·B for [n, k] and [k, m]. */
  static double[] multiply(double[] a, double[] b, int n, int k, int m) {
    double[] c = new double[n * m];
    if (c.length > 0 && k > 0) {
      openblas_nolapack.cblas_dgemm(
          ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, n, m, k, 1, a, k, b, m, 0, c, m);
    }
    return c;
  }

  /** Aᵀ·B for [k, n] and [k, m]. */
  static double[] multiplyTransposed(double[] a, double[] b, int n, int k, int m) {
    double[] c = new double[n * m];
    if (c.length > 0 && k > 0) {
      openblas_nolapack.cblas_dgemm(
          ROW_MAJOR, TRANSPOSE, NO_TRANSPOSE, n, m, k, 1, a, n, b, m, 0, c, m);
    }
    return c;
  }

  /** A·Bᵀ for [n, k] and [m, k]. */
  static double[] multiplyByTranspose(double[] a, double[] b, int n, int k, int m) {
    double[] c = new double[Math.multiplyExact(n, m)];
    if (c.length > 0 && k > 0) {
      openblas_nolapack.cblas_dgemm(
          ROW_MAJOR, NO_TRANSPOSE, TRANSPOSE, n, m, k, 1, a, k, b, k, 0, c, m);
    }
    return c;
  }

  /** Frobenius norm. */
  static double norm(double[] matrix) {
    double sum = 0;
    for (double value : matrix) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }
}
