package io.sparkddpm.spark.sampling;

import io.sparkddpm.codec.Codec;
import io.sparkddpm.diffusion.ClassScore;
import io.sparkddpm.network.Network;
import io.sparkddpm.solver.CoarseToFine;
import io.sparkddpm.solver.Interpolation;
import io.sparkddpm.solver.RowDrawer;
import io.sparkddpm.solver.Rows;
import io.sparkddpm.tensor.Batch;
import java.io.IOException;
import java.util.Optional;

/** Draws a shard of a plan whose images lie in rows. One thread at a time. */
final class RowShard {
  private final ShardSampler sampler;
  private final SamplePlan plan;
  private final Codec codec;
  private final RowDrawer drawer;

  RowShard(ShardSampler sampler, Network model, Optional<ClassScore> score) {
    this.sampler = sampler;
    plan = sampler.plan();
    codec = sampler.codec();
    drawer =
        new RowDrawer(
            plan.batches(),
            plan.plainDenoiser(model),
            plan.denoiser(model, score),
            ShardSampler::stopIfKilled);
  }

  /** Draws the images of a shard in order. */
  void draw(SamplePlan.Shard shard, ShardSampler.Sink sink) throws IOException {
    long[] next = {shard.from()};
    RowDrawer.Sink<IOException> images =
        (batch, count) -> {
          sampler.give(codec.decode(batch), count, next[0], sink);
          next[0] += count;
        };
    Rows rows = plan.rows();
    if (rows instanceof Interpolation between) {
      drawer.draw(between, shard.number(), ends(between), plan.label(0), images);
    } else if (rows instanceof CoarseToFine shared) {
      int size = drawer.batches().size();
      long first = shard.number() / size * (long) size;
      drawer.draw(shared, shard.number(), plan.condition(first, size), images);
    }
  }

  private Batch ends(Interpolation between) {
    return between.noise() == Interpolation.Noise.SEEDS
        ? new Batch(2, drawer.batches().shape())
        : codec.encode(sampler.images().reader().two(between.from(), between.to()));
  }
}
