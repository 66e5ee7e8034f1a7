package io.sparkddpm.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.tensor.NamedTensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The network against an independent implementation in float64 (PyTorch autograd). */
@EnabledIfEnvironmentVariable(
    named = "DDPM_TEST_GOLDEN",
    matches = ".+",
    disabledReason = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside")
class UNetGoldenTest {
  /**
   * Below this the golden gradients are rounding of a true 0: softmax does not see a shift of all
   * keys, and a GroupNorm with one channel a group does not see a shift of that channel.
   */
  private static final double VANISHING = 1e-15;

  private static final UNetConfig CONFIG =
      new UNetConfig(16, 3, 3, 32, List.of(1, 2), 1, List.of(8), 0);

  private static Map<String, NpyArray> golden;

  @BeforeAll
  static void read() throws IOException {
    String folder = System.getenv("DDPM_TEST_GOLDEN");
    Path file = Path.of(folder, "unet", "unet_16px_ch32.npz");
    try (InputStream in = Files.newInputStream(file)) {
      golden = Npz.read(in, file.toString());
    }
  }

  @Test
  void vectorKernelsInFloat32() {
    compare(DataType.FLOAT, LayeredNetwork.KernelChoice.VECTOR, 1, 1e-4);
  }

  @Test
  void vectorKernelsOnThreeThreads() {
    compare(DataType.FLOAT, LayeredNetwork.KernelChoice.VECTOR, 3, 1e-4);
  }

  @Test
  void nativeKernelsInFloat32() {
    compare(DataType.FLOAT, LayeredNetwork.KernelChoice.NATIVE, 1, 1e-4);
  }

  @Test
  void nativeKernelsInFloat64() {
    // The golden gradients are stored as float32: 6e-8 is their own rounding.
    compare(DataType.DOUBLE, LayeredNetwork.KernelChoice.NATIVE, 1, 2e-7);
  }

  private static void compare(
      DataType type, LayeredNetwork.KernelChoice kernels, int threads, double tolerance) {
    List<NamedTensor> layout = CONFIG.spec().layout();
    long count = CONFIG.spec().parameterCount();
    INDArray values = Nd4j.createUninitializedDetached(type, count);
    INDArray gradients = Nd4j.createUninitializedDetached(type, count);
    for (NamedTensor tensor : layout) {
      NpyArray given = golden.get("param/" + tensor.name());
      assertEquals(tensor.length(), given.length(), tensor.name());
      double[] data = given.toDoubles();
      for (int i = 0; i < data.length; i++) {
        values.putScalar(tensor.offset() + i, data[i]);
      }
    }
    long parametersInFile = golden.keySet().stream().filter(k -> k.startsWith("param/")).count();
    assertEquals(parametersInFile, layout.size());
    try (LayeredNetwork net =
        new LayeredNetwork(CONFIG.spec(), values, gradients, 4, kernels, threads)) {
      fill(net.input(), golden.get("x").toDoubles());
      double[] t = golden.get("t").toDoubles();
      for (int repeat = 0; repeat < 2; repeat++) {
        net.forward(t, null);
        double[] y = net.output().dup().data().asDouble();
        assertClose("y", golden.get("y").toDoubles(), y, tolerance);
        double[] eps = golden.get("eps").toDoubles();
        double[] dy = new double[y.length];
        double loss = 0;
        for (int i = 0; i < y.length; i++) {
          loss += (y[i] - eps[i]) * (y[i] - eps[i]) / y.length;
          dy[i] = 2 * (y[i] - eps[i]) / y.length;
        }
        assertEquals(golden.get("loss").toDoubles()[0], loss, tolerance * loss);
        fill(net.outputGradient(), dy);
        net.backward();
        assertClose(
            "grad_x",
            golden.get("grad_x").toDoubles(),
            net.inputGradient().dup().data().asDouble(),
            tolerance);
        double[] flat = gradients.dup().data().asDouble();
        for (NamedTensor tensor : layout) {
          double[] mine = new double[(int) tensor.length()];
          System.arraycopy(flat, (int) tensor.offset(), mine, 0, mine.length);
          double[] expected = golden.get("grad/" + tensor.name()).toDoubles();
          if (norm(expected) < VANISHING) {
            assertTrue(norm(mine) < 1e-2 * tolerance, tensor.name() + ": " + norm(mine));
          } else {
            assertClose(tensor.name(), expected, mine, tolerance);
          }
        }
      }
    }
  }

  private static void fill(INDArray target, double[] data) {
    INDArray flat = target.reshape(target.length());
    for (int i = 0; i < data.length; i++) {
      flat.putScalar(i, data[i]);
    }
  }

  private static double norm(double[] v) {
    double sum = 0;
    for (double e : v) {
      sum += e * e;
    }
    return Math.sqrt(sum);
  }

  /** Relative L2 distance. */
  private static void assertClose(
      String name, double[] expected, double[] actual, double tolerance) {
    assertEquals(expected.length, actual.length, name);
    double[] difference = new double[expected.length];
    for (int i = 0; i < expected.length; i++) {
      difference[i] = expected[i] - actual[i];
    }
    double relative = norm(difference) / norm(expected);
    assertTrue(relative <= tolerance, name + ": relative error " + relative);
  }
}
