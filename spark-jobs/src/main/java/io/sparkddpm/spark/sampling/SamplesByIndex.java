package io.sparkddpm.spark.sampling;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Samples by their index, drawn on executors when a task asks for them: the images that a {@link
 * SampleJob} of the same configuration stores. Broadcast to executors, with the weights.
 */
public final class SamplesByIndex implements Serializable {
  private static final long serialVersionUID = 1L;

  private final ShardSampler sampler;

  SamplesByIndex(ShardSampler sampler) {
    this.sampler = sampler;
  }

  /** How many samples are drawn at a time. */
  public int batchSize() {
    return sampler.plan().sample().batchSize();
  }

  /**
   * Draws the samples {@code number · batchSize} and following.
   *
   * @param number from 0
   * @return PNG files, {@link #batchSize} of them
   */
  public List<byte[]> batch(long number) {
    long first = Math.multiplyExact(number, (long) batchSize());
    List<byte[]> images = new ArrayList<>();
    try {
      sampler.draw(
          new SamplePlan.Shard(0, first, first + batchSize()), sample -> images.add(sample.file()));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // nothing is written
    }
    return images;
  }
}
