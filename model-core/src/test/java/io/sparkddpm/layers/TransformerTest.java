package io.sparkddpm.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.network.NetworkSpec;
import io.sparkddpm.network.TransformerConfig;
import io.sparkddpm.network.TransformerConfig.Positions;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What a transformer knows of the order of places. */
class TransformerTest {
  private static final int PLACES = 11;
  private static final int CHANNELS = 3;
  private static final double[] LEVELS = {17, 999};

  private static double[] gaussian(long length, int stream) {
    RandomStream values = RandomStream.of(7, Purpose.INIT, stream);
    double[] data = new double[(int) length];
    for (int i = 0; i < data.length; i++) {
      data[i] = values.nextGaussian();
    }
    return data;
  }

  /** Place i of the result is place (5·i + 2) mod 11 of {@code items}. */
  private static double[] permuted(double[] items) {
    double[] other = new double[items.length];
    for (int row = 0; row < items.length / PLACES; row++) {
      for (int i = 0; i < PLACES; i++) {
        other[row * PLACES + i] = items[row * PLACES + (5 * i + 2) % PLACES];
      }
    }
    return other;
  }

  private static double[] output(NetworkSpec spec, double[] input) {
    INDArray flat = Nd4j.createFromArray(gaussian(spec.parameterCount(), 1)).muli(0.3);
    LayeredNetwork.KernelChoice kernels = LayeredNetwork.KernelChoice.NATIVE;
    try (LayeredNetwork net = new LayeredNetwork(spec, flat, null, LEVELS.length, kernels, 1)) {
      net.input().assign(Nd4j.createFromArray(input).reshape(net.input().shape()));
      net.forward(LEVELS, null);
      assertEquals(DataType.DOUBLE, net.output().dataType());
      return net.output().dup().data().asDouble();
    }
  }

  /** The largest difference of f(permuted x) from permuted f(x), in deviations of the output. */
  private static double difference(Positions positions) {
    NetworkSpec spec =
        new TransformerConfig(PLACES, CHANNELS, CHANNELS, 12, 2, 6, 2, positions, 0, 4, 0, 0)
            .spec();
    double[] x = gaussian((long) LEVELS.length * spec.inputShape().length(), 2);
    double[] permutedOutput = permuted(output(spec, x));
    double[] outputOfPermuted = output(spec, permuted(x));
    double largest = 0;
    double squares = 0;
    for (int i = 0; i < permutedOutput.length; i++) {
      largest = Math.max(largest, Math.abs(permutedOutput[i] - outputOfPermuted[i]));
      squares += permutedOutput[i] * permutedOutput[i];
    }
    return largest / Math.sqrt(squares / permutedOutput.length);
  }

  @Test
  void pointsInAnotherOrderAreTheSameSet() {
    double difference = difference(Positions.NONE);
    assertTrue(difference < 1e-12, "" + difference);
  }

  @Test
  void aSequenceInAnotherOrderIsAnotherOne() {
    double difference = difference(Positions.LEARNED);
    assertTrue(difference > 0.1, "" + difference);
  }
}
