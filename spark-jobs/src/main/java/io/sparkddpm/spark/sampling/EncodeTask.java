package io.sparkddpm.spark.sampling;

import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.ProgressNotes;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/** Encodes a shard, writes its noise, then notes that it is whole. */
final class EncodeTask implements Function<SamplePlan.Shard, EncodedShard> {
  private static final long serialVersionUID = 1L;

  private final Broadcast<ShardSampler> sampler;
  private final EncodePlan plan;
  private final HadoopConf conf;
  private final LeaseToken lease;
  private final URI dir;

  /**
   * @param lease of the directory
   */
  EncodeTask(
      Broadcast<ShardSampler> sampler,
      EncodePlan plan,
      HadoopConf conf,
      LeaseToken lease,
      URI dir) {
    this.sampler = sampler;
    this.plan = plan;
    this.conf = conf;
    this.lease = lease;
    this.dir = dir;
  }

  @Override
  public EncodedShard call(SamplePlan.Shard shard) throws IOException {
    Configuration hadoop = conf.get();
    long attempt = TaskContext.get().taskAttemptId();
    String path =
        String.format(
            Locale.ROOT,
            "%s/noise-%05d-%s-%d.f32",
            ProgressNotes.DIRECTORY,
            shard.number(),
            lease.id(),
            attempt);
    ArtifactOutput out = ArtifactOutput.create(hadoop, lease, dir, path, path);
    List<Encoded> images =
        sampler
            .value()
            .encode(shard, plan, (values, offset, length) -> write(values, offset, length, out));
    out.close();
    EncodedShard finished =
        new EncodedShard(plan.fingerprint(), shard.number(), out.entry(), images);
    ProgressNotes.write(hadoop, lease, dir, shard.number(), attempt, finished);
    return finished;
  }

  private static void write(float[] values, int offset, int length, ArtifactOutput out) {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values, offset, length);
    out.write(bytes.array(), 0, bytes.capacity());
  }
}
