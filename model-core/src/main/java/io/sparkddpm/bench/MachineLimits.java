package io.sparkddpm.bench;

import io.sparkddpm.kernels.Threads;
import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What the machine gives at best, through the same native libraries and threads.
 *
 * @param gigaflops of a product of two 2048 × 2048 matrices, float32
 * @param gigabytesPerSecond read and written in copying 256 MiB
 */
public record MachineLimits(double gigaflops, double gigabytesPerSecond) {
  private static final int SIZE = 2048;
  private static final long COPIED = 1L << 26;
  private static final double GIGA = 1e9;

  /** Measures for about {@code seconds} each. */
  public static MachineLimits measure(int threads, double seconds) {
    Threads.forNativeCode(threads);
    Stopwatch watch = new Stopwatch(seconds, 3);
    double products;
    try (INDArray a = Nd4j.ones(DataType.FLOAT, SIZE, SIZE);
        INDArray b = Nd4j.ones(DataType.FLOAT, SIZE, SIZE);
        INDArray c = Nd4j.createUninitializedDetached(DataType.FLOAT, SIZE, SIZE)) {
      double flops = 2.0 * SIZE * SIZE * SIZE;
      products =
          watch
              .measure(
                  new Stopwatch.Subject(
                      "matrix product",
                      0,
                      flops,
                      null,
                      () -> Nd4j.getExecutioner().exec(new Mmul(a, b, c, null))))
              .gigaflops();
    }
    try (INDArray from = Nd4j.zeros(DataType.FLOAT, COPIED);
        INDArray to = Nd4j.zeros(DataType.FLOAT, COPIED)) {
      Measurement copy =
          watch.measure(new Stopwatch.Subject("copy", 0, 0, null, () -> to.assign(from)));
      return new MachineLimits(products, 2.0 * Float.BYTES * COPIED / copy.bestSeconds() / GIGA);
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "matrix product %.0f GFLOP/s, copy %.1f GB/s", gigaflops, gigabytesPerSecond);
  }
}
