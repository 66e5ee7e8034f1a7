package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Manifest;
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
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Makes a dataset's shards of those of another one, with the same ids and labels, on the executors:
 * those that an interrupted run has not left whole.
 */
public final class RecodeRun {
  private final JavaSparkContext spark;
  private final Dataset source;
  private final int batchSize;
  private final int partitions;
  private final Progress progress;
  private long made;

  /**
   * @param batchSize records that are recoded at once; those of a last batch that is smaller are
   *     filled up with zeros
   * @param partitions at most so many tasks
   */
  public RecodeRun(
      JavaSparkContext spark, Dataset source, int batchSize, int partitions, Progress progress) {
    this.spark = spark;
    this.source = source;
    this.batchSize = batchSize;
    this.partitions = partitions;
    this.progress = progress;
  }

  /** Records that {@link #run} made; 0 if all were there. */
  public long made() {
    return made;
  }

  /**
   * Makes what is missing, and adds all to an artefact.
   *
   * @param what is done, for progress and Spark's pages
   * @param pieces what decides the records: shards that were noted with another one are made again
   */
  public List<RecodedShard> run(
      String what, Recoding recoding, String pieces, ArtifactWriter writer, LeaseToken lease) {
    Configuration conf = spark.hadoopConfiguration();
    URI dir = writer.dir();
    TreeMap<Integer, RecodedShard> done = new TreeMap<>();
    for (RecodedShard noted : ProgressNotes.read(conf, dir, RecodedShard.class)) {
      if (noted.plan().equals(pieces) && Artifact.damage(conf, dir, noted.file()).isEmpty()) {
        done.putIfAbsent(noted.number(), noted);
      }
    }
    List<Integer> missing =
        IntStream.range(0, source.shards().size())
            .filter(shard -> !done.containsKey(shard))
            .boxed()
            .toList();
    made = missing.stream().mapToLong(shard -> source.shards().get(shard).records()).sum();
    if (!missing.isEmpty()) {
      make(what, new ArrayList<>(missing), recoding, pieces, lease, dir, done);
    }
    done.values().forEach(shard -> writer.add(shard.file()));
    writer.discardOtherAttempts("", "part-", ".parquet");
    return new ArrayList<>(done.values());
  }

  private void make(
      String what,
      List<Integer> missing,
      Recoding recoding,
      String pieces,
      LeaseToken lease,
      URI dir,
      TreeMap<Integer, RecodedShard> done) {
    Broadcast<Recoding> broadcast = spark.broadcast(recoding);
    HadoopConf conf = HadoopConf.of(spark.hadoopConfiguration());
    try (Progress.Task task = progress.start(what, source.size())) {
      task.skip(source.size() - made);
      RecodeTask recode = new RecodeTask(broadcast, source, batchSize, pieces, conf, lease, dir);
      StreamedResults.forEach(
          TaskResources.withCard(spark, missing, partitions).map(recode),
          String.format(Locale.ROOT, "%s: %d records to %s", what, made, dir),
          shard -> {
            done.put(shard.number(), shard);
            task.advance(shard.file().records());
          });
    } finally {
      Broadcasts.destroy(broadcast);
    }
  }

  /**
   * Describes the dataset, without its files: its layout, and the inputs, classes and counts of the
   * one that it is made of.
   *
   * @param origin manifest of that one
   */
  public static void describe(
      Manifest.Builder manifest,
      RecordLayout layout,
      Dataset source,
      Manifest origin,
      PlannedArtifact directory) {
    manifest
        .config(directory.settings())
        .input(source.uri().toString(), source.fingerprint())
        .count("images", source.size())
        .count("shards", source.shards().size())
        .property(PlannedArtifact.PLAN, directory.plan());
    layout.toMap().forEach(manifest::property);
    List<String> names = Dataset.namedClasses(origin);
    long[] records =
        IntStream.range(0, names.size())
            .mapToLong(label -> origin.count(Dataset.numbered("class", label)))
            .toArray();
    DatasetManifest.classes(manifest, names, records);
    DatasetManifest.badImages(manifest, List.of());
  }
}
