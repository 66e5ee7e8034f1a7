package io.sparkddpm.spark.sampling;

import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.ProgressNotes;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction2;

/**
 * Makes the shards of a partition: draws the images, writes the file, then notes that it is whole.
 * Attempts of one task, and of several jobs, write to different files; a shard's bytes are the same
 * in all of them.
 */
final class SampleTask
    extends AbstractFunction2<TaskContext, Iterator<SamplePlan.Shard>, ArrayList<FinishedShard>>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Broadcast<ShardSampler> sampler;
  private final HadoopConf conf;
  private final LeaseToken lease;
  private final URI dir;

  /**
   * @param lease of the directory
   */
  SampleTask(Broadcast<ShardSampler> sampler, HadoopConf conf, LeaseToken lease, URI dir) {
    this.sampler = sampler;
    this.conf = conf;
    this.lease = lease;
    this.dir = dir;
  }

  @Override
  public ArrayList<FinishedShard> apply(TaskContext context, Iterator<SamplePlan.Shard> shards) {
    ArrayList<FinishedShard> finished = new ArrayList<>();
    while (shards.hasNext()) {
      finished.add(make(shards.next(), context.taskAttemptId()));
    }
    return finished;
  }

  private FinishedShard make(SamplePlan.Shard shard, long attempt) {
    Configuration hadoop = conf.get();
    ShardSampler task = sampler.value();
    String name = String.format(Locale.ROOT, "%05d", shard.number());
    ArtifactOutput out =
        ArtifactOutput.create(
            hadoop,
            lease,
            dir,
            path(Samples.IMAGES, Samples.SHARD_PREFIX + name, attempt, Samples.SHARD_SUFFIX),
            Samples.IMAGES + "/" + Samples.SHARD_PREFIX + name + Samples.SHARD_SUFFIX);
    FinishedShard finished;
    try {
      SampleFile.Writer writer =
          new SampleFile.Writer(
              hadoop, out, task.plan().hasLabels(), task.plan().medium().extension());
      Optional<byte[]> strip = task.draw(shard, writer::write);
      writer.close();
      ArtifactOutput stripOut = null;
      if (strip.isPresent()) {
        stripOut =
            ArtifactOutput.create(
                hadoop,
                lease,
                dir,
                path(ProgressNotes.DIRECTORY, "strip", attempt, ".png"),
                Samples.STRIP);
        stripOut.write(strip.get());
        stripOut.close();
      }
      finished =
          new FinishedShard(
              task.plan().fingerprint(),
              shard.number(),
              writer.entry(),
              stripOut == null ? null : stripOut.entry());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ProgressNotes.write(hadoop, lease, dir, shard.number(), attempt, finished);
    return finished;
  }

  private String path(String directory, String name, long attempt, String suffix) {
    return String.format(
        Locale.ROOT, "%s/%s-%s-%d%s", directory, name, lease.id(), attempt, suffix);
  }
}
