package io.sparkddpm.spark.sampling;

import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.spark.session.Broadcasts;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Samples that are drawn where they are needed and stored nowhere. They are the very images, in the
 * very shards, that a {@link SampleJob} of the same configuration stores. Lives on the driver;
 * closing it frees the weights on the executors.
 */
public final class DrawnSamples implements AutoCloseable {
  private final Broadcast<ShardSampler> sampler;
  private final Manifest manifest;
  private final URI checkpoint;
  private final List<SamplePlan.Shard> shards;

  DrawnSamples(JavaSparkContext spark, ShardSampler sampler, Manifest manifest, URI checkpoint) {
    this.shards = sampler.plan().shards();
    this.manifest = manifest;
    this.checkpoint = checkpoint;
    this.sampler = spark.broadcast(sampler);
  }

  /** Takes images in their order. */
  public interface Sink {
    /** Takes an image. */
    void accept(Samples.Sample sample);
  }

  /** One shard, on its way to an executor. */
  public static final class Shard implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Broadcast<ShardSampler> sampler;
    private final SamplePlan.Shard shard;

    private Shard(Broadcast<ShardSampler> sampler, SamplePlan.Shard shard) {
      this.sampler = sampler;
      this.shard = shard;
    }

    /** Its place, from 0. */
    public int number() {
      return shard.number();
    }

    /** How many images it has. */
    public int images() {
      return shard.images();
    }

    /** Draws its images. */
    public void draw(Sink sink) {
      try {
        sampler.value().draw(shard, sink::accept);
      } catch (IOException e) {
        throw new UncheckedIOException(e); // nothing is written
      }
    }
  }

  /** The shards in the order of their images. */
  public List<Shard> shards() {
    return shards.stream().map(s -> new Shard(sampler, s)).toList();
  }

  /** The manifest that stored ones would have, without their files. */
  public Manifest manifest() {
    return manifest;
  }

  /** What they are. */
  public Medium medium() {
    return sampler.value().plan().medium();
  }

  /** Whether each image is drawn of a class. */
  public boolean hasLabels() {
    return sampler.value().plan().hasLabels();
  }

  /** How often the network is evaluated for one of them. */
  public long evaluations() {
    return sampler.value().plan().evaluations();
  }

  /** What they are drawn from. */
  public URI checkpoint() {
    return checkpoint;
  }

  @Override
  public void close() {
    Broadcasts.destroy(sampler);
  }
}
