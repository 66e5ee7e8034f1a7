package io.sparkddpm.spark.sampling;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.NpzWriter;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ImageGrid;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.session.TaskResources;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.PlannedArtifact;
import io.sparkddpm.spark.store.ProgressNotes;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/** One run of an {@link EncodeJob}: encodes the shards that are missing, commits the artefact. */
final class EncodeRun {
  private final SparkSession session;
  private final Configuration conf;
  private final SampleSource source;
  private final EncodePlan plan;
  private final Manifest.Builder manifest;
  private final PlannedArtifact directory;
  private final int partitions;
  private final Progress progress;
  private long made;

  /**
   * @param source of the plan's network and images
   * @param manifest of the artefact, without its files
   */
  EncodeRun(
      SparkSession session,
      SampleSource source,
      EncodePlan plan,
      Manifest.Builder manifest,
      PlannedArtifact directory,
      int partitions,
      Progress progress) {
    this.session = session;
    this.conf = directory.conf();
    this.source = source;
    this.plan = plan;
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
    return directory.orMake(manifest, this::write);
  }

  private void write(ArtifactWriter writer, LeaseToken lease) {
    Collection<EncodedShard> shards = encodeMissing(lease).values();
    writeNoise(writer, shards);
    List<Encoded> all = new ArrayList<>();
    shards.forEach(shard -> all.addAll(shard.images()));
    writer.write(EncodeJob.TABLE, table(all).getBytes(StandardCharsets.UTF_8));
    writer.write(EncodeJob.PICTURE, picture(all));
  }

  private TreeMap<Integer, EncodedShard> encodeMissing(LeaseToken lease) {
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
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    Broadcast<ShardSampler> broadcast = spark.broadcast(source.sampler(SampleJob.threads(session)));
    try (Progress.Task task = progress.start("encode", plan.images().count())) {
      task.skip(plan.images().count() - made);
      EncodeTask encode =
          new EncodeTask(broadcast, plan, HadoopConf.of(conf), lease, directory.uri());
      StreamedResults.forEach(
          TaskResources.withCard(spark, missing, partitions).map(encode),
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

  private void writeNoise(ArtifactWriter writer, Collection<EncodedShard> shards) {
    Shape shape = plan.images().network().inputShape();
    int count = Math.toIntExact(plan.images().count());
    try (NpzWriter npz = new NpzWriter(writer.output(EncodeJob.NOISE))) {
      npz.begin("noise", NpyArray.Type.FLOAT32, count, shape.dim(0), shape.dim(1), shape.dim(2));
      for (EncodedShard shard : shards) {
        byte[] values = Artifact.read(conf, directory.uri(), shard.noise());
        npz.write(values, 0, values.length);
      }
    } catch (IOException e) {
      throw new UserException(
          e, "cannot write %s in %s: %s", EncodeJob.NOISE, directory.uri(), e.getMessage());
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
}
