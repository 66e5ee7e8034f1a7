package io.sparkddpm.diffusion;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;
import java.util.Optional;

/**
 * Sees the clean items in noisy ones: all that a solver knows of a network. {@link NetworkDenoiser}
 * reads a network through its head; a test may answer from a closed form; a decorator changes what
 * another denoiser sees, as {@link ClippedDenoiser} does, and solvers do not notice. One thread at
 * a time.
 *
 * <p>To add a decorator (guidance, inpainting, another threshold), extend {@link DenoiserDecorator}
 * and change the reading: what is requested and not changed (v, where the variance is learned)
 * stays as it is. x_0 and ε are linear in each other at a fixed x_t, so that a mixture of readings
 * is a reading. One that evaluates twice does so with equal batch sizes, since kernels may round
 * differently at another size.
 */
public interface Denoiser {
  /** What the levels mean. */
  NoiseProcess process();

  /** The variance of the reverse process that belongs to it. */
  Variance variance();

  /**
   * The noise of tokens, where items are sequences of them: x_0 is then the probability of each
   * state, and there is no ε. Empty where items are numbers.
   */
  default Optional<TokenNoise> tokenNoise() {
    return Optional.empty();
  }

  /**
   * Whether it can give the mean of the step to the level that is one lower as the network does. A
   * decorator that changes what is seen, rather than keeping x_0 in range, does not.
   */
  default boolean givesMean() {
    return false;
  }

  /**
   * Predicts the clean items in noisy ones.
   *
   * @param x noisy items; not changed
   * @param levels of each item, as {@link #process} has them; length N
   * @param condition of each item
   * @param reading receives what is seen, the count and shape of {@code x}
   * @throws io.sparkddpm.error.TrainingDivergedException if a prediction is not finite
   */
  void predict(Batch x, double[] levels, Condition condition, Reading reading);
}
