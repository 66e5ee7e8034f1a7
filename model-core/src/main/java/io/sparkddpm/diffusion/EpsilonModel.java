package io.sparkddpm.diffusion;

import io.sparkddpm.tensor.Batch;

/**
 * A network that looks at x_t and t and predicts the noise ε in it (or, trained so, x0 or v: {@link
 * PredictionType} tells how its output is read). One thread at a time.
 */
public interface EpsilonModel extends AutoCloseable {
  /**
   * Predicts for every image of the batch; dropout is off.
   *
   * @param xt noised images [N, C, H, W]; not changed
   * @param timesteps zero-based t of each image, length N
   * @param output receives the prediction, the shape of {@code xt}; may not be {@code xt} itself
   */
  void predict(Batch xt, int[] timesteps, Batch output);

  /** Frees native memory. */
  @Override
  void close();
}
