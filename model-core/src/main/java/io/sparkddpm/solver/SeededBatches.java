package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.network.Network;
import io.sparkddpm.tensor.Batch;

/**
 * Images by number, without end. Batch b always holds the images b·size to (b+1)·size − 1, whoever
 * draws it and however few of them are wanted: native kernels may round differently at another
 * batch size, and image i must not depend on its company. Immutable; threads may share it, each
 * with its own model.
 *
 * @param sampler the reverse process
 * @param seed of the samples
 * @param size images in a batch, at least 1
 * @param channels of an image
 * @param height of an image
 * @param width of an image
 */
public record SeededBatches(
    Sampler sampler, long seed, int size, int channels, int height, int width) {
  /** Checks the size. */
  public SeededBatches {
    checkArgument(size >= 1, "a batch needs at least one image, got %s", size);
  }

  /**
   * Draws a batch.
   *
   * @param number b, from 0
   * @param listener watches its steps
   * @return [size, channels, height, width]
   */
  public Batch draw(Network model, long number, StepListener listener) {
    SeededNoise noise = new SeededNoise(seed, number * size, size);
    return sampler.sample(model, noise, size, channels, height, width, listener);
  }
}
