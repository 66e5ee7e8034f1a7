package io.sparkddpm.solver;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;

/**
 * Noise that depends on (seed, index of the item) only: however items are grouped into batches,
 * each gets the same. One thread at a time.
 */
final class SeededNoise implements NoiseSource {
  private final RandomStream[] streams;

  /**
   * For a batch of items with consecutive indices.
   *
   * @param seed of the samples
   * @param firstIndex index of the batch's first item
   * @param count number of items
   */
  public SeededNoise(long seed, long firstIndex, int count) {
    streams = new RandomStream[count];
    for (int i = 0; i < count; i++) {
      streams[i] = RandomStream.of(seed, Purpose.SAMPLE, firstIndex + i);
    }
  }

  @Override
  public void fill(int item, float[] destination, int offset, int length) {
    streams[item].fillGaussian(destination, offset, length);
  }
}
