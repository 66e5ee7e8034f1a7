package io.sparkddpm.solver;

import io.sparkddpm.network.Network;
import io.sparkddpm.tensor.Batch;

/**
 * A reverse process from noise to images. Steps count down from {@code steps() − 1} to 0.
 * Implementations are immutable; threads may share them, each with its own model and noise.
 */
public interface Sampler {
  /** Number of steps, each one evaluation of the network. */
  int steps();

  /** The zero-based t that the network sees at a step. */
  int timestep(int step);

  /**
   * Takes the steps from {@code firstStep} down to 0. Allocates nothing per step.
   *
   * @param x x_t of the first step, [N, C, H, W]; receives the images
   * @param noise z of each image, where a step adds noise
   * @throws io.sparkddpm.error.TrainingDivergedException if a prediction is not finite
   */
  void denoise(Network model, NoiseSource noise, Batch x, int firstStep, StepListener listener);

  /**
   * Draws images.
   *
   * @param noise x_T of each image, then its z
   * @return [count, channels, height, width]; in [-1, 1] if the process clips x0
   */
  default Batch sample(
      Network model,
      NoiseSource noise,
      int count,
      int channels,
      int height,
      int width,
      StepListener listener) {
    Batch x = new Batch(count, channels, height, width);
    for (int n = 0; n < count; n++) {
      noise.fill(n, x.data(), x.offset(n), x.itemLength());
    }
    denoise(model, noise, x, steps() - 1, listener);
    return x;
  }
}
