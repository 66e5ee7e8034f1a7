package io.sparkddpm.diffusion;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * Measures terms of the bound for batches of items, each at a timestep of its own. An item's noise
 * depends on the seed, its timestep and its id alone, so it does not matter which items share a
 * batch. Keeps its buffers from one batch to the next; one thread at a time.
 */
public interface BoundEvaluator {
  /**
   * What measures the bound of a process.
   *
   * @param decoder of numbers; of no effect for tokens
   * @param denoiser on the same process
   * @param count items of a batch
   * @param data shape of an item of the data
   * @param seed of the noise
   */
  static BoundEvaluator of(
      GaussianDiffusion diffusion,
      DecoderType decoder,
      Denoiser denoiser,
      int count,
      Shape data,
      long seed) {
    return denoiser
        .tokenNoise()
        .<BoundEvaluator>map(noise -> new TokenBound(diffusion, noise, denoiser, count, data, seed))
        .orElseGet(() -> new GaussianBound(diffusion, decoder, denoiser, count, data, seed));
  }

  /**
   * Measures a batch.
   *
   * @param x0 8-bit values rescaled to [-1, 1], other numbers as networks take them, or the numbers
   *     of tokens; as many items as a batch has
   * @param condition of each item
   * @param timesteps t of each item
   * @param ids of the items, which with t choose the noise
   * @throws io.sparkddpm.error.TrainingDivergedException if a prediction is not finite
   */
  void evaluate(Batch x0, Condition condition, int[] timesteps, long[] ids);

  /** An item's term, in bits per dimension; for text they are bits per character. */
  double bits(int item);

  /** Mean squared error of ε in an item; 0 for tokens, which have none. */
  double epsilonError(int item);

  /** Mean squared error of x_0 in an item, of tokens as a network sees them. */
  double x0Error(int item);

  /** L_T of an item of the data, in bits per dimension. */
  double prior(Batch x0, int item);

  /** x_t of the last batch, as the denoiser saw it. */
  Batch noisy();

  /** The x_0 that the denoiser saw in it. */
  Batch predicted();
}
