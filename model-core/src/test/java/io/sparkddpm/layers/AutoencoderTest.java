package io.sparkddpm.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.interchange.ForeignWeights;
import io.sparkddpm.interchange.TensorGroup;
import io.sparkddpm.network.AutoencoderConfig;
import io.sparkddpm.network.Convolution;
import io.sparkddpm.network.GaussianDraw;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.NetworkSpec;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.SafetensorsFile;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The autoencoder against diffusers' outputs in float64, its gradients against central differences,
 * and its two sets of kernels against each other.
 */
class AutoencoderTest {
  private static final AutoencoderConfig GOLDEN =
      new AutoencoderConfig(16, 3, 4, 32, List.of(1, 2), 1, true, true, 32, 0);

  /** Maps of 36 and 9 pixels, 3 channels a group, latents of an odd number of channels. */
  private static final AutoencoderConfig AWKWARD =
      new AutoencoderConfig(6, 2, 3, 6, List.of(1, 2), 1, true, true, 2, 0);

  private static final double[] LEVELS = {0, 0, 0};
  private static final long[] KEYS = {11, -5, 1L << 40};

  private static INDArray golden(DataType type) throws IOException {
    Path file =
        Path.of(System.getenv("DDPM_TEST_GOLDEN"), "diffusers", "autoencoder_kl")
            .resolve("diffusion_pytorch_model.safetensors");
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      TensorGroup group = new TensorGroup("", SafetensorsFile.read(channel, file.toString()));
      float[] flat =
          new ForeignWeights(file.toString(), GOLDEN.spec().layout())
              .read(List.of(group), Optional.empty());
      return Nd4j.createFromArray(flat).castTo(type);
    }
  }

  /** A float64 implementation is within 1e-9, float32 of diffusers itself within 2e-5. */
  @EnabledIfEnvironmentVariable(
      named = "DDPM_TEST_GOLDEN",
      matches = ".+",
      disabledReason = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside")
  @ParameterizedTest
  @CsvSource({"DOUBLE, NATIVE, 1e-9", "FLOAT, VECTOR, 1e-4"})
  void momentsAndDecodedLatentsAreDiffusers(
      DataType type, LayeredNetwork.KernelChoice kernels, double tolerance) throws IOException {
    Path model = Path.of(System.getenv("DDPM_TEST_GOLDEN"), "diffusers", "autoencoder_kl");
    Map<String, NpyArray> golden;
    try (InputStream in = Files.newInputStream(model.resolve("golden.npz"))) {
      golden = Npz.read(in, "golden.npz");
    }
    INDArray flat = golden(type);
    assertEquals(658_375, flat.length());
    long encoder = GOLDEN.encoder().spec().parameterCount();
    INDArray first = flat.get(NDArrayIndex.interval(0, encoder));
    INDArray last = flat.get(NDArrayIndex.interval(encoder, flat.length()));
    String[][] cases = {
      {"x", "moments_f64"}, {"mean_f64", "decoded_mean_f64"}, {"z", "decoded_z_f64"}
    };
    for (String[] c : cases) {
      boolean encodes = c[0].equals("x");
      NetworkConfig half = encodes ? GOLDEN.encoder() : GOLDEN.decoder();
      double[] found =
          run(half.spec(), encodes ? first : last, golden.get(c[0]).toDoubles(), kernels);
      double[] expected = golden.get(c[1]).toDoubles();
      assertEquals(expected.length, found.length);
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], found[i], tolerance, c[1] + " at " + i);
      }
    }
  }

  private static double[] run(
      NetworkSpec spec, INDArray values, double[] input, LayeredNetwork.KernelChoice kernels) {
    int count = input.length / spec.inputShape().length();
    try (LayeredNetwork net = new LayeredNetwork(spec, values.dup(), null, count, kernels, 1)) {
      INDArray x = net.input().reshape(input.length);
      for (int i = 0; i < input.length; i++) {
        x.putScalar(i, input[i]);
      }
      net.forward(new double[count], null);
      return net.output().dup().data().asDouble();
    }
  }

  private static INDArray random(DataType type, long length, int stream, double scale) {
    RandomStream values = RandomStream.of(7, Purpose.INIT, stream);
    double[] data = new double[(int) length];
    for (int i = 0; i < data.length; i++) {
      data[i] = scale * values.nextGaussian();
    }
    return Nd4j.createFromArray(data).castTo(type);
  }

  private static double loss(LayeredNetwork net, INDArray direction) {
    net.forward(LEVELS, KEYS);
    return net.output().dup().reshape(-1).mul(direction).sumNumber().doubleValue();
  }

  private static INDArray parameters(DataType type) {
    return random(type, AWKWARD.spec().parameterCount(), 1, 0.3);
  }

  private static LayeredNetwork network(DataType type, INDArray flat, INDArray gradients) {
    return new LayeredNetwork(
        AWKWARD.spec(),
        flat,
        gradients,
        KEYS.length,
        type == DataType.FLOAT
            ? LayeredNetwork.KernelChoice.VECTOR
            : LayeredNetwork.KernelChoice.NATIVE,
        1);
  }

  @Test
  void everyParameterAndTheInputAgainstCentralDifferences() {
    INDArray flat = parameters(DataType.DOUBLE);
    INDArray gradients = Nd4j.createUninitializedDetached(DataType.DOUBLE, flat.length());
    try (LayeredNetwork net = network(DataType.DOUBLE, flat, gradients)) {
      net.input()
          .assign(random(DataType.DOUBLE, net.input().length(), 2, 1).reshape(net.input().shape()));
      INDArray direction = random(DataType.DOUBLE, net.output().length(), 3, 1);
      loss(net, direction);
      net.outputGradient().assign(direction.reshape(net.output().shape()));
      net.backward();
      INDArray analytic = gradients.dup();
      INDArray byInput = net.inputGradient().dup().reshape(-1);
      for (NamedTensor tensor : AWKWARD.spec().layout()) {
        for (long i = tensor.offset();
            i < tensor.offset() + tensor.length();
            i += Math.max(1, tensor.length() - 1)) {
          check(net, direction, flat, i, analytic.getDouble(i), tensor.name());
        }
      }
      INDArray x = net.input().reshape(net.input().length());
      for (int i = 0; i < x.length(); i += 29) {
        check(net, direction, x, i, byInput.getDouble(i), "x");
      }
    }
  }

  private static void check(
      LayeredNetwork net, INDArray direction, INDArray at, long i, double analytic, String name) {
    double step = 1e-6;
    double value = at.getDouble(i);
    at.putScalar(i, value + step);
    double above = loss(net, direction);
    at.putScalar(i, value - step);
    double below = loss(net, direction);
    at.putScalar(i, value);
    double numeric = (above - below) / (2 * step);
    assertEquals(numeric, analytic, 2e-6 * (1 + Math.abs(numeric)), name + " at " + i);
  }

  @Test
  void vectorKernelsAgreeWithNativeOnes() {
    INDArray[] outputs = new INDArray[2];
    INDArray[] gradients = new INDArray[2];
    DataType[] types = {DataType.DOUBLE, DataType.FLOAT};
    for (int i = 0; i < 2; i++) {
      INDArray flat = parameters(types[i]);
      INDArray gradient = Nd4j.createUninitializedDetached(types[i], flat.length());
      try (LayeredNetwork net = network(types[i], flat, gradient)) {
        net.input()
            .assign(random(types[i], net.input().length(), 2, 1).reshape(net.input().shape()));
        INDArray direction = random(types[i], net.output().length(), 3, 1);
        loss(net, direction);
        outputs[i] = net.output().dup().castTo(DataType.DOUBLE);
        net.outputGradient().assign(direction.reshape(net.output().shape()));
        net.backward();
        gradients[i] = gradient.castTo(DataType.DOUBLE);
      }
    }
    assertTrue(relative(outputs[1], outputs[0]) < 2e-6);
    assertTrue(relative(gradients[1], gradients[0]) < 5e-6);
  }

  private static double relative(INDArray a, INDArray b) {
    return a.sub(b).norm2Number().doubleValue() / b.norm2Number().doubleValue();
  }

  /** The whole decodes μ + e^{s/2}·ε of the moments that its first half gives. */
  @Test
  void theLatentIsDrawnFromTheMoments() {
    INDArray flat = parameters(DataType.DOUBLE);
    INDArray gradients = Nd4j.createUninitializedDetached(DataType.DOUBLE, flat.length());
    double[] x = random(DataType.DOUBLE, 3 * 72, 2, 1).data().asDouble();
    long encoder = AWKWARD.encoder().spec().parameterCount();
    INDArray first = flat.get(NDArrayIndex.interval(0, encoder));
    INDArray last = flat.get(NDArrayIndex.interval(encoder, flat.length()));
    double[] moments = run(AWKWARD.encoder().spec(), first, x, LayeredNetwork.KernelChoice.NATIVE);
    GaussianDraw draw = new GaussianDraw(AWKWARD.moments());
    int length = AWKWARD.latent().length();
    double[] latents = new double[3 * length];
    float[] noise = new float[length];
    for (int n = 0; n < 3; n++) {
      draw.draw(KEYS[n], noise, 0);
      for (int i = 0; i < length; i++) {
        double mean = moments[2 * n * length + i];
        double s = moments[(2 * n + 1) * length + i];
        latents[n * length + i] = mean + Math.exp(s / 2) * noise[i];
      }
    }
    double[] images =
        run(AWKWARD.decoder().spec(), last, latents, LayeredNetwork.KernelChoice.NATIVE);
    try (LayeredNetwork net = network(DataType.DOUBLE, flat, gradients)) {
      net.input().assign(Nd4j.createFromArray(x).reshape(net.input().shape()));
      net.forward(LEVELS, KEYS);
      double[] all = net.output().dup().data().asDouble();
      int item = all.length / 3;
      for (int n = 0; n < 3; n++) {
        double[] expected =
            DoubleStream.concat(
                    Arrays.stream(images, n * 72, (n + 1) * 72),
                    Arrays.stream(moments, 2 * n * length, 2 * (n + 1) * length))
                .toArray();
        double[] found = Arrays.copyOfRange(all, n * item, (n + 1) * item);
        assertArrayEquals(expected, found, 1e-10);
      }
    }
  }

  /** Beyond −30 and 20 a log-variance counts as the bound, and no gradient reaches it. */
  @ParameterizedTest
  @CsvSource({"DOUBLE, NATIVE", "FLOAT, VECTOR"})
  void logVariancesAreClamped(DataType type, LayeredNetwork.KernelChoice kernels) {
    Shape moments = Shape.of(2, 1, 4);
    GaussianDraw draw = new GaussianDraw(moments);
    NetworkSpec spec =
        new NetworkSpec(List.of(), List.of(new Convolution("same", moments, 2, 1, 1), draw));
    INDArray same = Nd4j.createFromArray(1.0, 0, 0, 1, 0, 0).castTo(type);
    double[] x = {0, 1, 2, 3, -31, 21, -30, 1};
    float[] noise = new float[4];
    draw.draw(9, noise, 0);
    try (LayeredNetwork net = new LayeredNetwork(spec, same, same.dup(), 1, kernels, 1)) {
      net.input().assign(Nd4j.createFromArray(x).castTo(type).reshape(net.input().shape()));
      net.forward(new double[1], new long[] {9});
      double[] found = net.output().dup().data().asDouble();
      net.outputGradient().assign(1);
      net.backward();
      double[] gradient = net.inputGradient().dup().data().asDouble();
      for (int i = 0; i < 4; i++) {
        double s = GaussianDraw.clamped(x[4 + i]);
        double part = Math.exp(s / 2) * noise[i];
        assertEquals(x[i] + part, found[i], 1e-6 * (1 + Math.abs(part)));
        assertEquals(1, gradient[i], 0);
        assertEquals(s == x[4 + i] ? part / 2 : 0, gradient[4 + i], 1e-6 * (1 + Math.abs(part)));
      }
    }
  }
}
