package io.sparkddpm.spark.sampling;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.NpzWriter;
import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ImageGrid;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.PlannedArtifact;
import io.sparkddpm.spark.store.ProgressNotes;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of an {@link EncodeJob}: encodes the shards that are missing, commits the artefact. */
final class EncodeRun {
  private static final Logger LOG = LoggerFactory.getLogger(EncodeRun.class);

  private final JavaSparkContext spark;
  private final Configuration conf;
  private final EncodePlan plan;
  private final ShardSampler sampler;
  private final Manifest.Builder manifest;
  private final PlannedArtifact directory;
  private final int partitions;
  private final Progress progress;
  private long made;

  /**
   * @param manifest of the artefact, without its files
   */
  EncodeRun(
      JavaSparkContext spark,
      EncodePlan plan,
      ShardSampler sampler,
      Manifest.Builder manifest,
      PlannedArtifact directory,
      int partitions,
      Progress progress) {
    this.spark = spark;
    this.conf = directory.conf();
    this.plan = plan;
    this.sampler = sampler;
    this.manifest = manifest;
    this.directory = directory;
    this.partitions = partitions;
    this.progress = progress;
  }

  /** Images that {@link #run} encoded; 0 if all were. */
  long made() {
    return made;
  }

  /** The finished artefact. */
  Artifact run() {
    Optional<Artifact> before = whole();
    if (before.isPresent()) {
      return before.get();
    }
    try (Lease lease = Lease.acquire(conf, directory.uri())) {
      Optional<Artifact> now = whole();
      return now.isPresent() ? now.get() : make(lease);
    }
  }

  private Optional<Artifact> whole() {
    Optional<Artifact> there = directory.finished();
    List<String> problems = there.map(Artifact::damage).orElse(List.of());
    problems.forEach(p -> LOG.warn("To be made again: {}", p));
    return problems.isEmpty() ? there : Optional.empty();
  }

  private Artifact make(Lease lease) {
    directory.delete(lease, Manifest.FILE_NAME); // of a damaged one, or one that was cut off
    ArtifactWriter writer =
        ArtifactWriter.create(conf, directory.uri(), ArtifactKind.ENCODING, lease.token());
    Collection<EncodedShard> shards = encodeMissing(lease).values();
    try {
      writeNoise(writer, shards);
      List<Encoded> all = new ArrayList<>();
      shards.forEach(shard -> all.addAll(shard.images()));
      write(writer, EncodeJob.TABLE, table(all).getBytes(StandardCharsets.UTF_8));
      write(writer, EncodeJob.PICTURE, picture(all));
    } catch (IOException e) {
      throw new UserException(e, "cannot write to %s: %s", directory.uri(), e.getMessage());
    }
    writer.discardUnfinished();
    Artifact artifact = writer.commit(manifest);
    directory.delete(lease, ProgressNotes.DIRECTORY);
    return artifact;
  }

  private TreeMap<Integer, EncodedShard> encodeMissing(Lease lease) {
    TreeMap<Integer, EncodedShard> done = new TreeMap<>();
    for (EncodedShard noted : ProgressNotes.read(conf, directory.uri(), EncodedShard.class)) {
      if (noted.plan().equals(directory.plan())
          && Artifact.damage(conf, directory.uri(), noted.noise()).isEmpty()) {
        done.putIfAbsent(noted.number(), noted);
      }
    }
    List<SamplePlan.Shard> missing = new ArrayList<>(plan.images().shards());
    missing.removeIf(shard -> done.containsKey(shard.number()));
    made = missing.stream().mapToLong(SamplePlan.Shard::images).sum();
    if (missing.isEmpty()) {
      return done;
    }
    Broadcast<ShardSampler> broadcast = spark.broadcast(sampler);
    try (Progress.Task task = progress.start("encode", plan.images().count())) {
      task.skip(plan.images().count() - made);
      EncodeTask encode =
          new EncodeTask(broadcast, plan, HadoopConf.of(conf), lease.token(), directory.uri());
      StreamedResults.forEach(
          spark.parallelize(missing, Math.max(1, Math.min(partitions, missing.size()))).map(encode),
          String.format(Locale.ROOT, "encode: %d images", made),
          shard -> {
            done.put(shard.number(), shard);
            task.advance(shard.images().size());
          });
    } finally {
      Broadcasts.destroy(broadcast);
    }
    return done;
  }

  private void writeNoise(ArtifactWriter writer, Collection<EncodedShard> shards)
      throws IOException {
    Shape shape = plan.images().network().inputShape();
    int count = Math.toIntExact(plan.images().count());
    try (NpzWriter npz = new NpzWriter(writer.output(EncodeJob.NOISE))) {
      npz.begin("noise", NpyArray.Type.FLOAT32, count, shape.dim(0), shape.dim(1), shape.dim(2));
      for (EncodedShard shard : shards) {
        byte[] values = Artifact.read(conf, directory.uri(), shard.noise());
        npz.write(values, 0, values.length);
      }
    }
  }

  private static String table(List<Encoded> all) {
    StringBuilder text = new StringBuilder("index\terror\tbits-per-dim\tevaluations\n");
    for (Encoded e : all) {
      String bits =
          Double.isNaN(e.bitsPerDim()) ? "" : String.format(Locale.ROOT, "%.6f", e.bitsPerDim());
      text.append(
          String.format(
              Locale.ROOT, "%d\t%.6f\t%s\t%d\n", e.index(), e.error(), bits, e.evaluations()));
    }
    return text.toString();
  }

  private static byte[] picture(List<Encoded> all) {
    List<ByteImage> rows = new ArrayList<>();
    int columns = Math.min(Encoded.SHOWN, all.size());
    for (int row = 0; row < 3; row++) {
      for (Encoded e : all.subList(0, columns)) {
        ByteImage image = ImageCodec.decode(e.pictures().get(row), "image " + e.index());
        rows.add(ShardSampler.visible(image));
      }
    }
    return ImageCodec.encodePng(ImageGrid.compose(rows, columns, 2));
  }

  private static void write(ArtifactWriter writer, String name, byte[] bytes) throws IOException {
    try (OutputStream out = writer.output(name)) {
      out.write(bytes);
    }
  }
}
