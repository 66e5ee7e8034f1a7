package io.sparkddpm.engine;

import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.objective.ExampleKey;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;

/**
 * Turns clean items into a training batch; Ho et al. 2020, alg. 1. Timestep, noise and dropout of
 * an example are drawn from streams keyed by (run seed, purpose, step, example id), so they do not
 * depend on who draws them; nor, but for the timesteps of a clock that spreads them over a batch,
 * on the rest of the batch. Its buffers serve the next batch of the same shape again: a {@link
 * TrainingBatch} is good until the next call. One thread at a time.
 */
public final class TrainingBatches {
  private final GaussianDiffusion diffusion;
  private final Clock clock;
  private final long seed;
  private Buffers buffers;

  private record Buffers(
      Batch xt,
      Batch epsilon,
      int[] timesteps,
      double[] levels,
      float[] weights,
      long[] dropoutKeys) {
    static Buffers like(Batch x0) {
      int n = x0.count();
      return new Buffers(
          x0.like(), x0.like(), new int[n], new double[n], new float[n], new long[n]);
    }
  }

  /**
   * @param clock draws the timesteps
   * @param seed of the run
   */
  public TrainingBatches(GaussianDiffusion diffusion, Clock clock, long seed) {
    this.diffusion = diffusion;
    this.clock = clock;
    this.seed = seed;
  }

  /** T of the process. */
  int timesteps() {
    return diffusion.steps();
  }

  /** Whether the clock learns from each example's level and loss. */
  boolean observesLosses() {
    return clock.observes();
  }

  /**
   * Draws t and ε for a minibatch.
   *
   * @param minibatch clean items in [-1, 1]; not changed
   * @return shares the minibatch's arrays; good until the next call
   */
  public TrainingBatch noise(Minibatch minibatch) {
    Batch x0 = minibatch.images();
    if (buffers == null || !buffers.xt().sameShape(x0)) {
      buffers = Buffers.like(x0);
    }
    Batch epsilon = buffers.epsilon();
    for (int n = 0; n < x0.count(); n++) {
      draw(n, minibatch);
    }
    diffusion.qSample(x0, buffers.timesteps(), epsilon, buffers.xt());
    NetworkInput input =
        new NetworkInput(
            buffers.xt(), buffers.levels(), minibatch.condition(), buffers.dropoutKeys());
    return new TrainingBatch(
        seed, minibatch.step(), input, x0, epsilon, minibatch.ids(), buffers.weights());
  }

  private void draw(int n, Minibatch minibatch) {
    long step = minibatch.step();
    long id = minibatch.ids()[n];
    Batch epsilon = buffers.epsilon();
    double level = clock.level(new ExampleKey(seed, step, minibatch.first() + n, id));
    buffers.levels()[n] = level;
    buffers.timesteps()[n] = (int) level;
    buffers.weights()[n] = (float) clock.weight(level);
    buffers.dropoutKeys()[n] = RandomStream.of(seed, Purpose.DROPOUT, step, id).nextLong();
    RandomStream.of(seed, Purpose.NOISE, step, id)
        .fillGaussian(epsilon.data(), epsilon.offset(n), epsilon.itemLength());
  }
}
