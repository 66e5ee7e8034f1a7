package io.sparkddpm.statistics.inception;

import io.sparkddpm.statistics.inception.InceptionProgram.View;

/**
 * The steps of the network's program on an engine, with buffers of their own, for one batch size
 * and one thread at a time.
 */
public interface InceptionRun extends AutoCloseable {
  /**
   * Puts an image in its place of the input.
   *
   * @param image its index in the batch
   * @param values [3, 299, 299]
   */
  void put(int image, float[] values);

  /** Runs a step; all of them are run in order, from 0, for every batch. */
  void run(int step);

  /** Channels that lie side by side in what {@link #read} copies of that view. */
  int block(View view);

  /**
   * Copies the first channels of an image, in whole blocks: [blocks, H, W, block].
   *
   * @param view the output of a step that has run
   * @param target receives at least the first {@code channels}, rounded up to whole blocks
   */
  void read(View view, int image, int channels, float[] target);

  @Override
  void close();
}
