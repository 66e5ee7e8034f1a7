package io.sparkddpm.torch;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StepResult;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.TrainingStep;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.objective.ItemLosses;
import io.sparkddpm.objective.Objective;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/** Batches of noise, and what tests ask of models. */
final class Batches {
  private Batches() {}

  static TrainingBatch of(NetworkConfig network, int count, long key) {
    Batch xt = noise(network.inputShape(), count, key, 0);
    double[] timesteps = new double[count];
    float[] weights = new float[count];
    long[] keys = new long[count];
    RandomStream stream = RandomStream.of(2, Purpose.NOISE, key, 2);
    for (int i = 0; i < count; i++) {
      timesteps[i] = (int) (1000 * stream.nextDouble());
      weights[i] = (float) (0.5 + stream.nextDouble());
      keys[i] = key * 1000 + i;
    }
    NetworkInput input = new NetworkInput(xt, timesteps, Condition.none(count), keys);
    return new TrainingBatch(0, key, input, xt, xt, new long[count], weights);
  }

  /** Squared error against noise that the batch's step chooses. */
  private record NoiseTarget(NetworkConfig network) implements Objective {
    @Override
    public void checkOutput(Shape data, Shape output) {
      Objective.requireShape(network.outputShape(), output);
    }

    @Override
    public void evaluate(TrainingBatch batch, int first, int end, Batch output, ItemLosses losses) {
      Batch target = noise(network.outputShape(), batch.count(), batch.step(), 1);
      int length = target.itemLength();
      for (int n = first; n < end; n++) {
        double sum = 0;
        for (int i = target.offset(n); i < target.offset(n + 1); i++) {
          double d = (double) output.data()[i] - target.data()[i];
          sum += d * d;
          output.data()[i] = (float) (2 * d * batch.weights()[n] / length / batch.count());
        }
        losses.set(n, sum / length, sum / length, 0);
      }
    }
  }

  static TrainingStep training(
      TrainableNetwork model, NetworkConfig network, OptimizerConfig optimizer) {
    return new TrainingStep(model, new NoiseTarget(network), optimizer);
  }

  static float[] losses(StepResult result) {
    float[] losses = new float[result.items().count()];
    for (int n = 0; n < losses.length; n++) {
      losses[n] = result.items().squaredError(n);
    }
    return losses;
  }

  static Batch noise(Shape shape, int count, long key, int part) {
    Batch x = new Batch(count, shape);
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
