package io.sparkddpm.solver;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;

/**
 * Noise that depends on (seed, index of the item) only: however items are grouped into batches,
 * each gets the same. One thread at a time.
 */
final class SeededNoise implements NoiseSource {
  private final long seed;
  private final long firstIndex;
  private final RandomStream[] streams;
  private RandomStream[] uniform;

  /**
   * For a batch of items with consecutive indices.
   *
   * @param seed of the samples
   * @param firstIndex index of the batch's first item
   * @param count number of items
   */
  public SeededNoise(long seed, long firstIndex, int count) {
    this.seed = seed;
    this.firstIndex = firstIndex;
    streams = streams(Purpose.SAMPLE, count);
  }

  private RandomStream[] streams(Purpose purpose, int count) {
    RandomStream[] all = new RandomStream[count];
    for (int i = 0; i < count; i++) {
      all[i] = RandomStream.of(seed, purpose, firstIndex + i);
    }
    return all;
  }

  @Override
  public double nextUniform(int item) {
    if (uniform == null) {
      uniform = streams(Purpose.TOKEN_SAMPLE, streams.length);
    }
    return uniform[item].nextDouble();
  }

  @Override
  public void fill(int item, float[] destination, int offset, int length) {
    streams[item].fillGaussian(destination, offset, length);
  }
}
