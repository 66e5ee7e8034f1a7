package io.sparkddpm.torch;

import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;

/** Batches of noise, and what tests ask of models. */
final class Batches {
  private Batches() {}

  static TrainingBatch of(UNetConfig network, int count, long key) {
    Batch xt = noise(network, network.inputChannels(), count, key, 0);
    Batch target = noise(network, network.outputChannels(), count, key, 1);
    int[] timesteps = new int[count];
    float[] weights = new float[count];
    long[] keys = new long[count];
    RandomStream stream = RandomStream.of(2, Purpose.NOISE, key, 2);
    for (int i = 0; i < count; i++) {
      timesteps[i] = (int) (1000 * stream.nextDouble());
      weights[i] = (float) (0.5 + stream.nextDouble());
      keys[i] = key * 1000 + i;
    }
    return new TrainingBatch(xt, timesteps, target, weights, keys);
  }

  private static Batch noise(UNetConfig network, int channels, int count, long key, int part) {
    Batch x = new Batch(count, channels, network.imageSize(), network.imageSize());
    RandomStream.of(1, Purpose.NOISE, key, part).fillGaussian(x.data(), 0, x.data().length);
    return x;
  }

  /** Parameters that are nowhere near 0, as after some training. */
  static float[] parameters(int length, long seed) {
    float[] values = new float[length];
    RandomStream.of(seed, Purpose.INIT, 7).fillGaussian(values, 0, length);
    for (int i = 0; i < length; i++) {
      values[i] *= 0.05f;
    }
    return values;
  }

  static int length(TrainableNetwork model) {
    return (int) model.layout().stream().mapToLong(t -> t.length()).sum();
  }

  static TrainingState stateOf(TrainableNetwork model) {
    TrainingState state = TrainingState.initial(new float[length(model)]);
    model.store(state);
    return state;
  }

  static double norm(float[] v, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += (double) v[i] * v[i];
    }
    return Math.sqrt(sum);
  }

  static double distance(float[] a, float[] b, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      double d = (double) a[i] - b[i];
      sum += d * d;
    }
    return Math.sqrt(sum);
  }
}
