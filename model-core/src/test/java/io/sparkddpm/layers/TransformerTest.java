package io.sparkddpm.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.network.NetworkSpec;
import io.sparkddpm.network.TransformerConfig;
import io.sparkddpm.network.TransformerConfig.Positions;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.NamedTensor;
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

  /**
   * Gradients of a network of characters by central differences: its input are states, one of them
   * the mask, and its loss is the cross-entropy of the characters.
   */
  @Test
  void gradientsOfTheCrossEntropyOfCharacters() {
    int states = 5;
    NetworkSpec spec =
        new TransformerConfig(PLACES, states, states, 12, 2, 6, 2, Positions.LEARNED, 0, 4, 0, 0)
            .spec();
    INDArray flat = Nd4j.createFromArray(gaussian(spec.parameterCount(), 1)).muli(0.3);
    INDArray gradients = Nd4j.createUninitializedDetached(DataType.DOUBLE, flat.length());
    LayeredNetwork.KernelChoice kernels = LayeredNetwork.KernelChoice.NATIVE;
    try (LayeredNetwork net =
        new LayeredNetwork(spec, flat, gradients, LEVELS.length, kernels, 1)) {
      net.input().assign(Nd4j.createFromArray(states(states)).reshape(net.input().shape()));
      double[] slopes = new double[(int) net.output().length()];
      crossEntropy(net, states, slopes);
      net.outputGradient().assign(Nd4j.createFromArray(slopes).reshape(net.output().shape()));
      net.backward();
      double step = 1e-6;
      for (NamedTensor tensor : spec.layout()) {
        for (long i = tensor.offset();
            i < tensor.offset() + tensor.length();
            i += Math.max(1, tensor.length() / 3)) {
          double value = flat.getDouble(i);
          flat.putScalar(i, value + step);
          double above = crossEntropy(net, states, new double[slopes.length]);
          flat.putScalar(i, value - step);
          double below = crossEntropy(net, states, new double[slopes.length]);
          flat.putScalar(i, value);
          double numeric = (above - below) / (2 * step);
          double tolerance = 2e-6 * (1 + Math.abs(numeric));
          assertEquals(numeric, gradients.getDouble(i), tolerance, tensor.name() + " at " + i);
        }
      }
    }
  }

  /** A 1 in the channel of each place's state; every third is the last one, the mask. */
  private static double[] states(int states) {
    double[] input = new double[LEVELS.length * states * PLACES];
    for (int n = 0; n < LEVELS.length; n++) {
      for (int place = 0; place < PLACES; place++) {
        int state = place % 3 == 0 ? states - 1 : character(n, place, states);
        input[(n * states + state) * PLACES + place] = 1;
      }
    }
    return input;
  }

  private static int character(int item, int place, int states) {
    return (7 * item + place * place) % (states - 1);
  }

  /**
   * Evaluates a network.
   *
   * @param slopes receives those of the loss by the outputs
   */
  private static double crossEntropy(LayeredNetwork net, int states, double[] slopes) {
    net.forward(LEVELS, null);
    double[] logits = net.output().dup().data().asDouble();
    double loss = 0;
    for (int n = 0; n < LEVELS.length; n++) {
      for (int place = 0; place < PLACES; place++) {
        double sum = 0;
        for (int k = 0; k < states; k++) {
          sum += Math.exp(logits[(n * states + k) * PLACES + place]);
        }
        for (int k = 0; k < states; k++) {
          int at = (n * states + k) * PLACES + place;
          boolean isTrue = k == character(n, place, states);
          loss += isTrue ? Math.log(sum) - logits[at] : 0;
          slopes[at] = Math.exp(logits[at]) / sum - (isTrue ? 1 : 0);
        }
      }
    }
    return loss;
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
