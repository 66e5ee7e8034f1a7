package io.sparkddpm.spark.sampling;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.ProgressNotes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;

/** One run of a {@link SampleJob}: draws the shards that are missing and commits the artefact. */
final class SampleRun {
  private final SparkSession session;
  private final SampleSource source;
  private final SampleDirectory directory;
  private final boolean npz;
  private final int partitions;
  private final Progress progress;
  private long made;

  SampleRun(
      SparkSession session,
      SampleSource source,
      SampleDirectory directory,
      boolean npz,
      int partitions,
      Progress progress) {
    this.session = session;
    this.source = source;
    this.directory = directory;
    this.npz = npz;
    this.partitions = partitions;
    this.progress = progress;
  }

  /** The finished artefact. */
  Artifact run() {
    Optional<Artifact> before = directory.finished();
    if (before.isPresent() && directory.isWhole(before.get(), npz)) {
      return before.get();
    }
    try (Lease lease = Lease.acquire(directory.conf(), directory.uri())) {
      Optional<Artifact> now = directory.finished();
      boolean finishedMeanwhile =
          now.isPresent()
              && !now.map(Artifact::manifest).equals(before.map(Artifact::manifest))
              && directory.isWhole(now.get(), npz);
      return finishedMeanwhile ? now.get() : make(now, lease);
    }
  }

  /** Images that {@link #run} drew; 0 if all were there. */
  long made() {
    return made;
  }

  private Artifact make(Optional<Artifact> there, Lease lease) {
    List<FinishedShard> candidates;
    if (there.isPresent()) {
      candidates = directory.shards(there.get().manifest());
      directory.delete(lease, Manifest.FILE_NAME);
    } else {
      candidates = directory.notedShards();
    }
    ArtifactWriter writer =
        ArtifactWriter.create(
            directory.conf(), directory.uri(), ArtifactKind.SAMPLES, lease.token());
    TreeMap<Integer, FinishedShard> shards = makeMissing(candidates, lease.token());
    shards.values().forEach(s -> writer.add(s.images()));
    new SampleViews(directory, writer, source.networks().classNames(), source.imageShape().dim(0))
        .write(shards.values(), npz);
    if (!npz) {
      directory.delete(lease, Samples.NPZ);
    }
    writer.discardOtherAttempts(Samples.IMAGES, Samples.SHARD_PREFIX, Samples.SHARD_SUFFIX);
    writer.discardUnfinished();
    Artifact artifact = writer.commit(source.manifest());
    directory.delete(lease, ProgressNotes.DIRECTORY);
    return artifact;
  }

  private TreeMap<Integer, FinishedShard> makeMissing(
      List<FinishedShard> candidates, LeaseToken lease) {
    SamplePlan plan = source.plan();
    ShardRunner runner = new ShardRunner(session, directory.uri(), partitions);
    TreeMap<Integer, FinishedShard> shards = new TreeMap<>();
    for (FinishedShard whole : runner.whole(candidates, plan.hasStrip())) {
      shards.putIfAbsent(whole.number(), whole);
    }
    List<SamplePlan.Shard> missing = new ArrayList<>(plan.shards());
    missing.removeIf(s -> shards.containsKey(s.number()));
    long kept = plan.count() - missing.stream().mapToLong(SamplePlan.Shard::images).sum();
    if (!missing.isEmpty()) {
      made = plan.count() - kept;
      ShardSampler sampler = source.sampler(SampleJob.threads(session));
      session.sparkContext().setJobDescription(description(made));
      try (Progress.Task task = progress.start("sample", plan.count())) {
        task.skip(kept);
        runner.make(sampler, missing, lease, task).forEach(s -> shards.put(s.number(), s));
      }
    }
    return shards;
  }

  private String description(long images) {
    SamplePlan plan = source.plan();
    return String.format(
        Locale.ROOT,
        "sample: %d %s by %s in %d steps from step %d, %s",
        images,
        plan.medium().plural(),
        ConfigBinder.type(plan.sample().solver()),
        plan.grid().steps(),
        source.checkpoint().step(),
        plan.sample().weights());
  }
}
