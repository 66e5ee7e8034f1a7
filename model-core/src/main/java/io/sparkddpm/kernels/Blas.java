package io.sparkddpm.kernels;

import static org.bytedeco.openblas.global.openblas.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas.CblasTrans;
import static org.bytedeco.openblas.global.openblas.blas_set_num_threads;
import static org.bytedeco.openblas.global.openblas.cblas_sgemm;

import io.sparkddpm.memory.Tensor;
import org.bytedeco.javacpp.FloatPointer;

/** Products of row-major float32 matrices in host memory, on the calling thread. */
final class Blas {
  static {
    // Threads of ours call it side by side, each for its share of a batch.
    blas_set_num_threads(1);
  }

  private Blas() {}

  /**
   * A matrix in memory.
   *
   * @param at its first element
   * @param stride from one row to the next, in elements
   */
  record Matrix(FloatPointer at, int stride) {}

  /** c = a·b + β·c with c [m, n] and a sum over k; either factor may be transposed. */
  static void multiply(
      int m,
      int n,
      int k,
      Matrix a,
      boolean transposeA,
      Matrix b,
      boolean transposeB,
      float beta,
      Matrix c) {
    cblas_sgemm(
        CblasRowMajor,
        transposeA ? CblasTrans : CblasNoTrans,
        transposeB ? CblasTrans : CblasNoTrans,
        m,
        n,
        k,
        1f,
        a.at(),
        a.stride(),
        b.at(),
        b.stride(),
        beta,
        c.at(),
        c.stride());
  }

  /** {@code count} matrices of the same shape, one after the other in a tensor's memory. */
  static Matrix[] matrices(Tensor tensor, int count, int stride) {
    long each = tensor.length() / count;
    Matrix[] all = new Matrix[count];
    for (int i = 0; i < count; i++) {
      all[i] = new Matrix(tensor.pointer(i * each), stride);
    }
    return all;
  }
}
