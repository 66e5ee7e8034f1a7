package io.sparkddpm.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.network.ClassifierConfig;
import io.sparkddpm.network.NetworkSpec;
import io.sparkddpm.network.TransformerConfig;
import io.sparkddpm.network.UNet1dConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.NamedTensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Gradients against central differences in double, and the two sets of kernels against each other.
 */
class UNetGradientTest {
  private static final int BATCH = 3;

  /** All kinds of layers; maps of 36, 9 pixels, 3 channels a group: no multiple of any vector. */
  private static final UNetConfig AWKWARD =
      new UNetConfig(6, 3, 2, 32, List.of(1, 3), 1, List.of(3), 0.3);

  /** The way down of such a network, with five classes. */
  private static final ClassifierConfig CLASSIFIER =
      new ClassifierConfig(6, 3, 5, 32, List.of(1, 3), 1, List.of(3), 0.3, 32, 0);

  /** A network of signals with the same kinds of layers. */
  private static final UNet1dConfig SIGNALS =
      new UNet1dConfig(10, 3, 2, 12, List.of(1, 3), 1, List.of(5), 0.3, 4, 0, 0, 0);

  /** Sequences of 7 places with positions, 3 channels a group, two heads, five classes. */
  private static final TransformerConfig TRANSFORMER =
      new TransformerConfig(
          7, 3, 5, 12, 2, 6, 3, TransformerConfig.Positions.LEARNED, 0.3, 4, 5, 0);

  private static INDArray random(DataType type, long length, int stream, double scale) {
    RandomStream values = RandomStream.of(7, Purpose.INIT, stream);
    double[] data = new double[(int) length];
    for (int i = 0; i < data.length; i++) {
      data[i] = scale * values.nextGaussian();
    }
    return Nd4j.createFromArray(data).castTo(type);
  }

  private static INDArray parameters(NetworkSpec spec, DataType type) {
    INDArray flat = random(type, spec.parameterCount(), 1, 0.1);
    for (NamedTensor tensor : spec.layout()) {
      if (tensor.name().contains("norm") && tensor.name().endsWith("weight")) {
        for (long i = 0; i < tensor.length(); i++) {
          flat.putScalar(tensor.offset() + i, 1 + flat.getDouble(tensor.offset() + i));
        }
      }
    }
    return flat;
  }

  private static LayeredNetwork network(
      NetworkSpec spec, DataType type, INDArray flat, INDArray gradients, int threads) {
    LayeredNetwork.KernelChoice kernels =
        type == DataType.FLOAT
            ? LayeredNetwork.KernelChoice.VECTOR
            : LayeredNetwork.KernelChoice.NATIVE;
    return new LayeredNetwork(spec, flat, gradients, BATCH, kernels, threads);
  }

  private static final double[] TIMESTEPS = {0, 17, 999};
  private static final long[] KEYS = {11, -5, 1L << 40};

  private static double loss(LayeredNetwork net, INDArray direction) {
    net.forward(TIMESTEPS, KEYS);
    return net.output().dup().reshape(-1).mul(direction).sumNumber().doubleValue();
  }

  @Test
  void everyParameterAgainstCentralDifferences() {
    checkGradients(AWKWARD.spec());
  }

  @Test
  void vectorsOfSingleTimestepsToo() {
    checkGradients(
        new UNetConfig(6, 3, 2, 8, List.of(1), 1, List.of(), 0, 4, 0, 0, 0, 1000).spec());
  }

  @Test
  void aClassifierToo() {
    checkGradients(CLASSIFIER.spec());
  }

  @Test
  void aNetworkOfSignalsToo() {
    checkGradients(SIGNALS.spec());
  }

  @Test
  void aTransformerToo() {
    checkGradients(TRANSFORMER.spec());
  }

  private static void checkGradients(NetworkSpec spec) {
    INDArray flat = parameters(spec, DataType.DOUBLE);
    INDArray gradients = Nd4j.createUninitializedDetached(DataType.DOUBLE, flat.length());
    try (LayeredNetwork net = network(spec, DataType.DOUBLE, flat, gradients, 1)) {
      net.input()
          .assign(random(DataType.DOUBLE, net.input().length(), 2, 1).reshape(net.input().shape()));
      INDArray direction = random(DataType.DOUBLE, net.output().length(), 3, 1);
      loss(net, direction);
      net.outputGradient().assign(direction.reshape(net.output().shape()));
      net.backward();
      INDArray analytic = gradients.dup();
      INDArray inputAnalytic = net.inputGradient().dup().reshape(-1);
      double step = 1e-6;
      for (NamedTensor tensor : spec.layout()) {
        for (long i = tensor.offset();
            i < tensor.offset() + tensor.length();
            i += Math.max(1, tensor.length() - 1)) {
          double value = flat.getDouble(i);
          flat.putScalar(i, value + step);
          double above = loss(net, direction);
          flat.putScalar(i, value - step);
          double below = loss(net, direction);
          flat.putScalar(i, value);
          double numeric = (above - below) / (2 * step);
          double tolerance = 2e-6 * (1 + Math.abs(numeric));
          assertEquals(numeric, analytic.getDouble(i), tolerance, tensor.name() + " at " + i);
        }
      }
      INDArray x = net.input().reshape(net.input().length());
      for (int i = 0; i < x.length(); i += 29) {
        double value = x.getDouble(i);
        x.putScalar(i, value + step);
        double above = loss(net, direction);
        x.putScalar(i, value - step);
        double below = loss(net, direction);
        x.putScalar(i, value);
        double numeric = (above - below) / (2 * step);
        assertEquals(
            numeric, inputAnalytic.getDouble(i), 2e-6 * (1 + Math.abs(numeric)), "x at " + i);
      }
    }
  }

  @Test
  void vectorKernelsAgreeWithNativeOnesInDouble() {
    checkKernels(AWKWARD.spec());
  }

  @Test
  void thoseOfSignalsToo() {
    checkKernels(SIGNALS.spec());
  }

  @Test
  void thoseOfATransformerToo() {
    checkKernels(TRANSFORMER.spec());
  }

  private static void checkKernels(NetworkSpec spec) {
    INDArray[] results = new INDArray[3];
    INDArray[] outputs = new INDArray[3];
    for (int i = 0; i < 3; i++) {
      DataType type = i == 0 ? DataType.DOUBLE : DataType.FLOAT;
      INDArray flat = parameters(spec, type);
      INDArray gradients = Nd4j.createUninitializedDetached(type, flat.length());
      try (LayeredNetwork net = network(spec, type, flat, gradients, i == 2 ? 3 : 1)) {
        net.input().assign(random(type, net.input().length(), 2, 1).reshape(net.input().shape()));
        INDArray direction = random(type, net.output().length(), 3, 1);
        loss(net, direction);
        outputs[i] = net.output().dup().castTo(DataType.DOUBLE);
        net.outputGradient().assign(direction.reshape(net.output().shape()));
        net.backward();
        results[i] = gradients.dup().castTo(DataType.DOUBLE);
      }
    }
    assertTrue(
        relative(outputs[1], outputs[0]) < 2e-6, "output " + relative(outputs[1], outputs[0]));
    assertTrue(
        relative(results[1], results[0]) < 5e-6, "gradient " + relative(results[1], results[0]));
    assertEquals(outputs[1], outputs[2], "the number of threads changed the output");
    assertEquals(results[1], results[2], "the number of threads changed the gradient");
  }

  private static double relative(INDArray a, INDArray b) {
    return a.sub(b).norm2Number().doubleValue() / b.norm2Number().doubleValue();
  }

  @Test
  void inferenceNeedsLessMemoryAndGivesTheSameWithoutDropout() {
    UNetConfig config = new UNetConfig(8, 3, 3, 32, List.of(1, 2), 1, List.of(4), 0);
    INDArray flat = random(DataType.FLOAT, config.spec().parameterCount(), 1, 0.1);
    INDArray gradients = Nd4j.createUninitializedDetached(DataType.FLOAT, flat.length());
    try (LayeredNetwork training =
            new LayeredNetwork(
                config.spec(), flat, gradients, 2, LayeredNetwork.KernelChoice.VECTOR, 1);
        LayeredNetwork inference =
            new LayeredNetwork(
                config.spec(), flat, null, 2, LayeredNetwork.KernelChoice.VECTOR, 1)) {
      for (LayeredNetwork net : List.of(training, inference)) {
        net.input()
            .assign(
                random(DataType.FLOAT, net.input().length(), 2, 1).reshape(net.input().shape()));
        net.forward(new double[] {3, 500}, null);
      }
      assertEquals(training.output(), inference.output());
      assertTrue(inference.activationBytes() < training.activationBytes() / 2);
    }
  }
}
