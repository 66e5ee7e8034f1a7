package io.sparkddpm.spark.sampling;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/** Draws a shard and returns the files of its items. */
final class GridTask implements Function<SamplePlan.Shard, List<byte[]>> {
  private static final long serialVersionUID = 1L;

  private final Broadcast<ShardSampler> sampler;

  GridTask(Broadcast<ShardSampler> sampler) {
    this.sampler = sampler;
  }

  @Override
  public List<byte[]> call(SamplePlan.Shard shard) throws IOException {
    List<byte[]> images = new ArrayList<>();
    sampler.value().draw(shard, sample -> images.add(sample.file()));
    return images;
  }
}
