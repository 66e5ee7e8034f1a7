package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.input.Inputs;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Makes a dataset: reads and decodes records of a source on the executors, images for one, which
 * are cropped and resized, and writes Parquet shards. The same inputs and configuration give the
 * same bytes, whatever the number of executors.
 */
public final class ShardJob {
  private final SparkSession spark;
  private final List<URI> inputs = new ArrayList<>();
  private final List<String> tables = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private URI output;
  private ShardConfig config = ShardConfig.DEFAULTS;
  private Progress progress = Progress.NONE;
  private Optional<Integer> partitions = Optional.empty();
  private Optional<SourceListing> listed = Optional.empty();
  private long firstId;

  private ShardJob(SparkSession spark) {
    this.spark = spark;
  }

  /**
   * What was made.
   *
   * @param dataset where it lies
   * @param fingerprint of its files
   * @param content identifies the records by ids, labels and values alone, whatever format they
   *     came from; empty in datasets of earlier builds
   * @param images that it holds
   * @param shards number of files
   * @param badImages a line for each image that was left out
   * @param warnings for the user about the inputs
   * @param skipped whether it was there already, made from the same images with the same settings
   */
  public record Result(
      URI dataset,
      String fingerprint,
      Optional<String> content,
      long images,
      int shards,
      List<String> badImages,
      List<String> warnings,
      boolean skipped) {}

  public static ShardJob on(SparkSession spark) {
    return new ShardJob(spark);
  }

  /** Files or directories, in their order. */
  public ShardJob inputs(List<URI> uris) {
    inputs.addAll(uris);
    return this;
  }

  /** Queries in SQL, names of tables, or places of Parquet files: the inputs of format table. */
  public ShardJob tables(List<String> queries) {
    tables.addAll(queries);
    return this;
  }

  /**
   * Rows of a table that are written already; the configuration's format must be their source.
   *
   * @param name of the table, for the manifest
   */
  public ShardJob rows(TableStage.Rows rows, String name) {
    inputs.add(rows.place());
    names.add(name);
    return this;
  }

  /** Directory of the dataset. */
  public ShardJob output(URI uri) {
    this.output = uri;
    return this;
  }

  public ShardJob config(ShardConfig shardConfig) {
    this.config = shardConfig;
    return this;
  }

  public ShardJob progress(Progress listener) {
    this.progress = listener;
    return this;
  }

  /** What the inputs hold, or the part of it that is wanted; otherwise the job lists all. */
  public ShardJob listing(SourceListing files) {
    this.listed = Optional.of(files);
    return this;
  }

  /** The id of the first image, instead of 0: for images that join others. */
  public ShardJob firstId(long id) {
    this.firstId = id;
    return this;
  }

  /** Spark partitions to spread the shards over; otherwise one a shard. */
  public ShardJob partitions(int count) {
    this.partitions = Optional.of(count);
    return this;
  }

  /**
   * Runs the job, or finds that it is done.
   *
   * @throws UserException naming the file, if an input is missing, cut off or foreign, if more
   *     images are bad than the configuration allows, or if another dataset lies at the output
   */
  public Result run() {
    boolean hasInputs = inputs.isEmpty() != tables.isEmpty();
    checkArgument(hasInputs && output != null, "inputs and output are required");
    config.requireShardSize();
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    URI to = Locations.qualify(conf, output);
    if (tables.isEmpty()) {
      List<URI> from = inputs.stream().map(uri -> Locations.qualify(conf, uri)).toList();
      List<String> called = names.isEmpty() ? from.stream().map(URI::toString).toList() : names;
      return run(conf, from, called, to);
    }
    TableSource choice = (TableSource) config.format();
    try (TableStage stage = new TableStage(spark, URI.create(to + ".table"))) {
      return run(conf, stage.write(tables, choice, config.mix(), progress), tables, to);
    }
  }

  /**
   * Makes the dataset.
   *
   * @param names of the inputs, for the manifest
   */
  private Result run(Configuration conf, List<URI> from, List<String> names, URI to) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    SourceListing listing = listed.orElseGet(() -> SourceListing.of(conf, from, config));
    List<String> warnings = new ArrayList<>(Inputs.repeated(conf, from));
    warnings.addAll(listing.warnings());
    ShardTasks tasks = new ShardTasks(context, config, to, partitions, progress);
    ExistingDataset existing = new ExistingDataset(conf, config, tasks, from, to);
    if (Artifact.exists(conf, to)) {
      return result(existing.open(listing, firstId), warnings, true);
    }
    try (Lease lease = Lease.acquire(conf, to)) {
      if (Artifact.exists(conf, to)) { // made while we waited
        return result(existing.open(listing, firstId), warnings, true);
      }
      LeaseToken token = lease.token();
      ArtifactWriter writer = ArtifactWriter.create(conf, to, ArtifactKind.DATASET, token);
      boolean others = writer.discardLeftovers(ShardTask.FILE_NAMES) || token.generation() > 1;
      String mark = others ? "-" + token.id() : ""; // tasks of theirs may still write
      List<ShardPlan> plans =
          ShardPlan.cut(
              listing, config.mix() && listing.isMixed(), config.recordsPerShard(), firstId);
      int classes = listing.classNames().size();
      List<ShardOutcome> outcomes =
          tasks.run(
              "shard",
              plans,
              hadoop -> ShardTask.writing(hadoop, to, config, classes, token, mark));
      Manifest.Builder manifest = DatasetManifest.describe(config, names, listing, outcomes);
      outcomes.forEach(o -> writer.add(o.file()));
      writer.discardOtherAttempts("", "part-", ".parquet");
      return result(writer.commit(manifest), warnings, false);
    }
  }

  private static Result result(Artifact artifact, List<String> warnings, boolean skipped) {
    Manifest manifest = artifact.manifest();
    List<String> all = new ArrayList<>(warnings);
    TallyNotes.read(manifest).orientationWarning(artifact.dir().toString()).ifPresent(all::add);
    return new Result(
        artifact.dir(),
        manifest.fingerprint(),
        DatasetManifest.content(manifest),
        manifest.count("images"),
        manifest.files().size(),
        DatasetManifest.badImages(manifest),
        all,
        skipped);
  }
}
