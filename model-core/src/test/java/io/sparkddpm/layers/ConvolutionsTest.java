package io.sparkddpm.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.kernels.Kernels;
import io.sparkddpm.kernels.NativeKernels;
import io.sparkddpm.kernels.Profile;
import io.sparkddpm.kernels.Program;
import io.sparkddpm.kernels.VectorKernels;
import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The convolutions and products of the vector kernels against ND4J's operations in double. */
class ConvolutionsTest {
  /** One convolution, forward and backward, by one set of kernels. */
  private static final class Case implements AutoCloseable {
    final MemoryPlan memory = new MemoryPlan();
    final Program program = new Program();
    final Tensor x;
    final Tensor weight;
    final Tensor bias;
    final Tensor out;
    final Tensor dout;
    final Tensor dx;
    final Tensor dweight;
    final Tensor dbias;

    Case(boolean exact, int n, int in, int outputs, int kernel, int height, int width) {
      this(exact, n, in, outputs, new int[] {kernel, kernel}, 1, height, width);
    }

    Case(
        boolean exact,
        int n,
        int in,
        int outputs,
        int[] kernel,
        int stride,
        int height,
        int width) {
      Kernels kernels =
          exact ? new NativeKernels(memory, DataType.DOUBLE) : new VectorKernels(memory);
      x = memory.allocate(n, in, height, width);
      weight = memory.allocate(outputs, in, kernel[0], kernel[1]);
      bias = memory.allocate(outputs);
      Kernels.Filter filter = new Kernels.Filter(weight, bias, stride);
      out = memory.allocate(filter.outputShape(x));
      dout = memory.allocate(out.shape());
      dx = memory.allocate(x.shape());
      dweight = memory.allocate(weight.shape());
      dbias = memory.allocate(outputs);
      kernels.convolution(program, filter, x, out);
      kernels.convolutionBackward(program, filter, x, dout, dx, dweight, dbias);
      memory.bind(exact ? DataType.DOUBLE : DataType.FLOAT);
      program.bind();
      fill(x, 1, 1);
      fill(weight, 2, Math.sqrt(1.0 / (in * kernel[0] * kernel[1])));
      fill(bias, 3, 1);
      fill(dout, 4, 1);
    }

    private static void fill(Tensor t, int stream, double scale) {
      RandomStream random = RandomStream.of(3, Purpose.INIT, stream);
      double[] values = new double[Math.toIntExact(t.length())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (scale * random.nextGaussian());
      }
      INDArray array = t.array();
      array.assign(Nd4j.createFromArray(values).reshape(array.shape()));
    }

    @Override
    public void close() {
      memory.close();
    }
  }

  /** Root mean square of the error over that of the exact values. */
  private static double error(Tensor exact, Tensor found) {
    double[] e = values(exact);
    double[] f = values(found);
    double sum = 0;
    double square = 0;
    for (int i = 0; i < e.length; i++) {
      sum += (f[i] - e[i]) * (f[i] - e[i]);
      square += e[i] * e[i];
    }
    return Math.sqrt(sum / square);
  }

  // F(4x4, 3x3) amplifies a rounding (2^-24) by 5.1 and makes some twenty in a row, besides those
  // of
  // the sum: 5.1 * 6e-8 * sqrt(40) = 2e-6.
  @ParameterizedTest
  @CsvSource({
    "1, 32, 32, 3, 8, 8, 2e-6",
    "3, 64, 32, 3, 8, 12, 2e-6",
    "5, 32, 96, 3, 32, 32, 2e-6",
    "2, 96, 32, 3, 16, 64, 2e-6",
    "9, 32, 32, 3, 12, 8, 2e-6",
    "2, 512, 256, 3, 8, 8, 2e-6",
    "3, 32, 32, 3, 6, 6, 1e-6",
    "3, 40, 32, 3, 8, 8, 1e-6",
    "3, 96, 32, 1, 5, 7, 1e-6",
    "2, 7, 3, 1, 9, 3, 1e-6",
    "17, 24, 5, 1, 1, 1, 1e-6"
  })
  void convolutionsAgreeWithDouble(
      int n, int in, int outputs, int kernel, int height, int width, double tolerance) {
    try (Case exact = new Case(true, n, in, outputs, kernel, height, width);
        Case found = new Case(false, n, in, outputs, kernel, height, width)) {
      exact.program.run(new Profile());
      for (int repeat = 0; repeat < 2; repeat++) {
        found.program.run(new Profile());
        assertEquals(0, error(exact.out, found.out), tolerance, "out");
        assertEquals(0, error(exact.dx, found.dx), tolerance, "dx");
        assertEquals(0, error(exact.dweight, found.dweight), tolerance, "dweight");
        assertEquals(0, error(exact.dbias, found.dbias), tolerance, "dbias");
      }
    }
  }

  /** Against the sum that it is, with zeros around a row as TensorFlow's SAME has them. */
  @ParameterizedTest
  @CsvSource({
    "1, 32, 32, 3, 1, 64",
    "3, 7, 5, 3, 1, 10",
    "2, 16, 3, 5, 1, 9",
    "3, 8, 8, 3, 2, 64",
    "2, 5, 7, 3, 2, 10"
  })
  void rowsAreConvolvedAlongTheirLength(
      int n, int in, int outputs, int kernel, int stride, int width) {
    try (Case found = new Case(false, n, in, outputs, new int[] {1, kernel}, stride, 1, width)) {
      found.program.run(new Profile());
      double[] x = values(found.x);
      double[] weight = values(found.weight);
      double[] bias = values(found.bias);
      double[] out = values(found.out);
      int places = width / stride;
      int before = ((places - 1) * stride + kernel - width) / 2;
      for (int i = 0; i < out.length; i++) {
        int channel = i / places % outputs;
        double sum = bias[channel];
        for (int c = 0; c < in; c++) {
          for (int k = 0; k < kernel; k++) {
            int at = i % places * stride + k - before;
            if (at >= 0 && at < width) {
              int row = i / places / outputs * in + c;
              sum += weight[(channel * in + c) * kernel + k] * x[row * width + at];
            }
          }
        }
        assertEquals(sum, out[i], 1e-5, "value " + i);
      }
    }
  }

  private static double[] values(Tensor tensor) {
    return tensor.array().dup('c').data().asDouble();
  }

  @Test
  void bandsDoNotSeeEachOther() {
    // An image's result depends neither on its neighbours nor on its place.
    try (Case one = new Case(false, 1, 32, 32, 3, 16, 16);
        Case many = new Case(false, 6, 32, 32, 3, 16, 16)) {
      long length = one.x.length();
      float[] image = new float[Math.toIntExact(length)];
      one.x.get(image, 0);
      float[] batch = new float[Math.toIntExact(many.x.length())];
      System.arraycopy(image, 0, batch, 3 * image.length, image.length);
      many.x.set(batch, 0);
      one.program.run(new Profile());
      many.program.run(new Profile());
      float[] expected = new float[image.length];
      one.out.get(expected, 0);
      float[] found = new float[batch.length];
      many.out.get(found, 0);
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], found[3 * expected.length + i], 1e-5f * 10);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true"})
  void productsAgreeWithDouble(boolean transposeA, boolean transposeB) {
    double[][] results = new double[2][];
    for (int k = 0; k < 2; k++) {
      MemoryPlan memory = new MemoryPlan();
      DataType type = k == 0 ? DataType.DOUBLE : DataType.FLOAT;
      Kernels kernels = k == 0 ? new NativeKernels(memory, type) : new VectorKernels(memory);
      Tensor a = transposeA ? memory.allocate(3, 9, 2, 3) : memory.allocate(3, 6, 9);
      Tensor b = transposeB ? memory.allocate(3, 5, 9) : memory.allocate(3, 9, 5);
      Tensor out = memory.allocate(3, 6, 5);
      Program program = new Program();
      kernels.product(program, a, transposeA, b, transposeB, out);
      memory.bind(type);
      program.bind();
      Case.fill(a, 5, 1);
      Case.fill(b, 6, 1);
      program.run(new Profile());
      results[k] = out.array().dup('c').data().asDouble();
      memory.close();
    }
    for (int i = 0; i < results[0].length; i++) {
      assertEquals(results[0][i], results[1][i], 3e-6);
    }
    assertTrue(results[0].length == 90);
  }
}
