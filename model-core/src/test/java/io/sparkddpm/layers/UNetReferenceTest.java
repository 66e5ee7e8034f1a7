package io.sparkddpm.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.tensor.NamedTensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The network against a second implementation in float64, make_golden_unet.py beside the numbers,
 * which agrees to 4e-15 with PyTorch's outputs and gradients of the same architecture. Parameters
 * and inputs come from a formula, so that the file holds results only.
 */
class UNetReferenceTest {
  /** Below this a gradient of the reference is rounding of a true 0. */
  private static final double VANISHING = 1e-15;

  /** In double only the embedding's sines are float32: 6e-8 of their size. */
  @ParameterizedTest
  @CsvSource({
    "wide, DOUBLE, NATIVE, 1, 6e-8",
    "deep, DOUBLE, NATIVE, 1, 6e-8",
    "wide, FLOAT, NATIVE, 1, 1e-4",
    "deep, FLOAT, NATIVE, 1, 1e-4",
    "wide, FLOAT, VECTOR, 1, 1e-4",
    "wide, FLOAT, VECTOR, 2, 1e-4",
    "wide, FLOAT, VECTOR, 3, 1e-4",
    "wide, FLOAT, VECTOR, 4, 1e-4",
    "deep, FLOAT, VECTOR, 1, 1e-4",
    "deep, FLOAT, VECTOR, 4, 1e-4",
  })
  void outputAndGradients(
      String name,
      DataType type,
      LayeredNetwork.KernelChoice kernels,
      int threads,
      double tolerance)
      throws IOException {
    JsonNode golden = golden(name);
    UNetConfig config = config(golden);
    List<NamedTensor> layout = config.spec().layout();
    long count = config.spec().parameterCount();
    INDArray values = Nd4j.createUninitializedDetached(type, count);
    INDArray gradients = Nd4j.createUninitializedDetached(type, count);
    for (NamedTensor tensor : layout) {
      fill(values, Math.toIntExact(tensor.offset()), parameter(tensor));
    }
    int[] timesteps = ints(golden.get("timesteps"));
    double[] y = doubles(golden.get("y"));
    double[] target = scaled(uniform("target", y.length), 2);
    try (LayeredNetwork net =
        new LayeredNetwork(config.spec(), values, gradients, timesteps.length, kernels, threads)) {
      fill(net.input().reshape(y.length), 0, scaled(uniform("x", y.length), 2));
      net.forward(Arrays.stream(timesteps).asDoubleStream().toArray(), null);
      double[] mine = net.output().dup().data().asDouble();
      assertClose("y", y, mine, tolerance);
      double loss = 0;
      double[] gradient = new double[y.length];
      for (int i = 0; i < y.length; i++) {
        loss += (mine[i] - target[i]) * (mine[i] - target[i]) / y.length;
        gradient[i] = 2 * (mine[i] - target[i]) / y.length;
      }
      assertEquals(golden.get("loss").asDouble(), loss, tolerance * loss);
      fill(net.outputGradient().reshape(y.length), 0, gradient);
      net.backward();
      double[] byInput = net.inputGradient().dup().data().asDouble();
      assertClose("gradient by x", doubles(golden.get("gradX")), byInput, tolerance);
    }
    double[] flat = gradients.dup().data().asDouble();
    assertEquals(golden.get("gradients").size(), layout.size());
    for (NamedTensor tensor : layout) {
      checkGradient(golden.get("gradients").get(tensor.name()), tensor, flat, tolerance);
    }
  }

  /** Length and two projections show a gradient that is wrong, shifted or transposed. */
  private static void checkGradient(
      JsonNode expected, NamedTensor tensor, double[] flat, double tolerance) {
    double[] first = uniform("a/" + tensor.name(), (int) tensor.length());
    double[] second = uniform("b/" + tensor.name(), (int) tensor.length());
    double square = 0;
    double onFirst = 0;
    double onSecond = 0;
    for (int i = 0; i < first.length; i++) {
      double g = flat[(int) tensor.offset() + i];
      square += g * g;
      onFirst += g * first[i];
      onSecond += g * second[i];
    }
    double norm = expected.get(0).asDouble();
    if (norm < VANISHING) {
      assertTrue(Math.sqrt(square) < 1e-2 * tolerance, tensor.name() + ": " + Math.sqrt(square));
      return;
    }
    // A projection on numbers in [-1, 1) of a deviation of length d is at most d * sqrt(count).
    double bound = tolerance * norm * Math.sqrt(first.length);
    assertEquals(norm, Math.sqrt(square), tolerance * norm, tensor.name());
    assertEquals(expected.get(1).asDouble(), onFirst, bound, tensor.name());
    assertEquals(expected.get(2).asDouble(), onSecond, bound, tensor.name());
  }

  private static JsonNode golden(String name) throws IOException {
    try (InputStream in = UNetReferenceTest.class.getResourceAsStream("golden_unet.json")) {
      return new ObjectMapper().readTree(in).get(name);
    }
  }

  private static UNetConfig config(JsonNode golden) {
    return new UNetConfig(
        golden.get("size").asInt(),
        3,
        3,
        golden.get("channels").asInt(),
        list(golden.get("multipliers")),
        golden.get("blocks").asInt(),
        list(golden.get("attention")),
        0);
  }

  private static double[] parameter(NamedTensor tensor) {
    String name = tensor.name();
    int fanIn = tensor.shape().stream().skip(1).reduce(1, (a, b) -> a * b);
    boolean vector = tensor.shape().size() == 1;
    double shift = vector && name.contains("norm") && name.endsWith(".weight") ? 1 : 0;
    double scale = vector ? 0.25 : Math.sqrt(3.0 / fanIn);
    double[] values = uniform(name, (int) tensor.length());
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] * scale + shift);
    }
    return values;
  }

  /** Float32 numbers in [-1, 1): splitmix64's finaliser of the name's FNV-1a hash and the index. */
  private static double[] uniform(String name, int count) {
    long seed = 1469598103934665603L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      seed = (seed ^ b) * 1099511628211L;
    }
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      long z = seed + (i + 1) * 0x9E3779B97F4A7C15L;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      z = z ^ (z >>> 31);
      values[i] = (z >>> 40) * 0x1p-23 - 1;
    }
    return values;
  }

  private static double[] scaled(double[] values, double factor) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    return values;
  }

  private static void fill(INDArray target, int from, double[] data) {
    for (int i = 0; i < data.length; i++) {
      target.putScalar(from + i, data[i]);
    }
  }

  private static double[] doubles(JsonNode array) {
    return IntStream.range(0, array.size()).mapToDouble(i -> array.get(i).asDouble()).toArray();
  }

  private static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
  }

  private static List<Integer> list(JsonNode array) {
    List<Integer> values = new ArrayList<>();
    array.forEach(value -> values.add(value.asInt()));
    return values;
  }

  /** Relative L2 distance. */
  private static void assertClose(
      String name, double[] expected, double[] actual, double tolerance) {
    assertEquals(expected.length, actual.length, name);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += (expected[i] - actual[i]) * (expected[i] - actual[i]);
      norm += expected[i] * expected[i];
    }
    assertTrue(difference <= tolerance * tolerance * norm, name + ": " + difference / norm);
  }
}
