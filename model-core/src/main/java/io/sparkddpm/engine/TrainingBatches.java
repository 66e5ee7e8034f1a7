package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.objective.LossWeighting;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;

/**
 * Turns clean images into a training batch; Ho et al. 2020, alg. 1. Timestep, noise and dropout of
 * an example are drawn from streams keyed by (run seed, purpose, step, example id), so they do not
 * depend on who draws them or on the rest of the batch. Its buffers serve the next batch of the
 * same shape again: a {@link TrainingBatch} is good until the next call. One thread at a time.
 */
public final class TrainingBatches {
  private final GaussianDiffusion diffusion;
  private final Clock timesteps;
  private final float[] weights;
  private final long seed;
  private TrainingBatch last;

  /**
   * With the timesteps and weights of L_simple.
   *
   * @param seed of the run
   */
  public TrainingBatches(GaussianDiffusion diffusion, long seed) {
    this(diffusion, Clock.uniform(diffusion.steps()), LossWeighting.SIMPLE, seed);
  }

  /**
   * With any timesteps and weights.
   *
   * @param seed of the run
   */
  public TrainingBatches(
      GaussianDiffusion diffusion, Clock timesteps, LossWeighting weighting, long seed) {
    this.diffusion = diffusion;
    this.timesteps = timesteps;
    this.weights = weighting.weights(diffusion);
    this.seed = seed;
  }

  /**
   * Draws t and ε for a batch.
   *
   * @param x0 clean images [N, C, H, W] in [-1, 1]; not changed
   * @param exampleIds ids of the images in the dataset, length N
   * @param step zero-based training step
   * @return good until the next call
   */
  public TrainingBatch noise(Batch x0, long[] exampleIds, long step) {
    checkArgument(
        exampleIds.length == x0.count(),
        "exampleIds must have length %s, got %s",
        x0.count(),
        exampleIds.length);
    TrainingBatch batch = buffersFor(x0);
    Batch epsilon = batch.target();
    for (int n = 0; n < x0.count(); n++) {
      long id = exampleIds[n];
      int t = timesteps.timestep(RandomStream.of(seed, Purpose.TIMESTEP, step, id));
      batch.timesteps()[n] = t;
      batch.weights()[n] = weights[t];
      batch.dropoutKeys()[n] = RandomStream.of(seed, Purpose.DROPOUT, step, id).nextLong();
      RandomStream.of(seed, Purpose.NOISE, step, id)
          .fillGaussian(epsilon.data(), epsilon.offset(n), epsilon.itemLength());
    }
    diffusion.qSample(x0, batch.timesteps(), epsilon, batch.xt());
    diffusion.target(x0, batch.xt(), epsilon, batch.timesteps(), batch.target());
    return batch;
  }

  private TrainingBatch buffersFor(Batch x0) {
    if (last == null || !last.xt().sameShape(x0)) {
      int n = x0.count();
      last =
          new TrainingBatch(
              new Batch(n, x0.channels(), x0.height(), x0.width()),
              new int[n],
              new Batch(n, x0.channels(), x0.height(), x0.width()),
              new float[n],
              new long[n]);
    }
    return last;
  }
}
