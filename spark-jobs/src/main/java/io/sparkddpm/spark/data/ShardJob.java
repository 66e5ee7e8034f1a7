package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageTally;
import io.sparkddpm.spark.input.Inputs;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * Makes a dataset: decodes, crops and resizes images on the executors and writes Parquet shards.
 * The same inputs and configuration give the same bytes, whatever the number of executors.
 */
public final class ShardJob {
  private static final String LISTING = "input-listing";
  private static final int NAMED_BAD_IMAGES = 3;

  private final SparkSession spark;
  private final List<URI> inputs = new ArrayList<>();
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
   * @param fingerprint of its content
   * @param images that it holds
   * @param shards number of files
   * @param badImages a line for each image that was left out
   * @param warnings what people should know of the inputs
   * @param skipped whether it was there already, made from the same images with the same settings
   */
  public record Result(
      URI dataset,
      String fingerprint,
      long images,
      int shards,
      List<String> badImages,
      List<String> warnings,
      boolean skipped) {}

  public static ShardJob on(SparkSession spark) {
    return new ShardJob(spark);
  }

  /** Files or directories, in the order that ids follow. */
  public ShardJob inputs(List<URI> uris) {
    inputs.addAll(uris);
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
    checkArgument(!inputs.isEmpty() && output != null, "inputs and output are required");
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Configuration conf = context.hadoopConfiguration();
    List<URI> from = inputs.stream().map(uri -> Locations.qualify(conf, uri)).toList();
    URI to = Locations.qualify(conf, output);
    SourceListing listing = listed.orElseGet(() -> SourceListing.of(conf, from, config));
    List<String> warnings = new ArrayList<>(Inputs.repeated(conf, from));
    warnings.addAll(listing.warnings());
    if (Artifact.exists(conf, to)) {
      return result(existing(context, conf, from, to, listing), warnings, true);
    }
    try (Lease lease = Lease.acquire(conf, to)) {
      if (Artifact.exists(conf, to)) { // made while we waited
        return result(existing(context, conf, from, to, listing), warnings, true);
      }
      LeaseToken token = lease.token();
      ArtifactWriter writer = ArtifactWriter.create(conf, to, ArtifactKind.DATASET, token);
      boolean others = writer.discardLeftovers(ShardTask.FILE_NAMES) || token.generation() > 1;
      String mark = others ? "-" + token.id() : ""; // tasks of theirs may still write
      List<ShardOutcome> outcomes =
          compute(
              context,
              conf,
              "shard",
              to,
              listing,
              hadoop ->
                  ShardTask.writing(hadoop, to, config, listing.classNames().size(), token, mark));
      Manifest.Builder manifest = describe(from, listing, outcomes);
      outcomes.forEach(o -> writer.add(o.file()));
      writer.discardOtherAttempts("", "part-", ".parquet");
      return result(writer.commit(manifest), warnings, false);
    }
  }

  private List<ShardOutcome> compute(
      JavaSparkContext context,
      Configuration conf,
      String what,
      URI to,
      SourceListing listing,
      Function<Broadcast<HadoopConf>, ShardTask> shardTask) {
    List<ShardPlan> plans = ShardPlan.cut(listing, config.recordsPerShard(), firstId);
    Map<Integer, ShardOutcome> outcomes = new TreeMap<>();
    List<String> bad = new ArrayList<>();
    Broadcast<HadoopConf> hadoop = context.broadcast(HadoopConf.of(conf));
    JavaRDD<ShardOutcome> rdd =
        context.parallelize(plans, partitions.orElse(plans.size())).map(shardTask.apply(hadoop));
    try (Progress.Task task = progress.start(what, listing.records())) {
      StreamedResults.forEach(
          rdd,
          what + ": " + plans.size() + " shards to " + to,
          outcome -> {
            outcomes.put(outcome.index(), outcome);
            bad.addAll(outcome.badImages());
            refuseTooManyBad(bad);
            task.advance(plans.get(outcome.index()).slices().records());
          });
    } finally {
      Broadcasts.destroy(hadoop);
    }
    return new ArrayList<>(outcomes.values());
  }

  private void refuseTooManyBad(List<String> bad) {
    if (bad.size() > config.badImageLimit()) {
      List<String> named = bad.subList(0, Math.min(NAMED_BAD_IMAGES, bad.size()));
      throw new UserException(
          "%s%s (%d bad so far, shard.bad-image-limit is %d)",
          String.join("; ", named),
          bad.size() > named.size() ? "; and more" : "",
          bad.size(),
          config.badImageLimit());
    }
  }

  private Manifest.Builder describe(
      List<URI> from, SourceListing listing, List<ShardOutcome> outcomes) {
    Manifest.Builder manifest = Manifest.builder(ArtifactKind.DATASET).config(config.toMap());
    List<String> fingerprints = inputFingerprints(from.size(), outcomes);
    for (int i = 0; i < from.size(); i++) {
      manifest.input(from.get(i).toString(), fingerprints.get(i));
    }
    long images = 0;
    List<String> bad = new ArrayList<>();
    long[] classes = new long[listing.classNames().size()];
    for (ShardOutcome outcome : outcomes) {
      images += outcome.file().records();
      bad.addAll(outcome.badImages());
      for (int label = 0; label < classes.length; label++) {
        classes[label] += outcome.classCounts()[label];
      }
    }
    TallyNotes.write(
        manifest,
        outcomes.stream().map(ShardOutcome::tally).reduce(ImageTally.NONE, ImageTally::plus));
    if (images == 0) {
      throw new UserException("not one image could be used: %s", String.join("; ", bad));
    }
    manifest
        .count("images", images)
        .count("shards", outcomes.size())
        .count("classes", classes.length)
        .count("bad-images", bad.size())
        .note(LISTING, listing.fingerprint());
    config.layout().toMap().forEach(manifest::property);
    for (int label = 0; label < classes.length; label++) {
      String key = Dataset.numbered("class", label);
      manifest.property(key, listing.classNames().get(label));
      manifest.count(key, classes[label]);
    }
    for (int i = 0; i < bad.size(); i++) {
      manifest.property(Dataset.numbered("bad-image", i), bad.get(i));
    }
    return manifest;
  }

  /** One for each input: SHA-256 of its shards' digests, in order. */
  private List<String> inputFingerprints(int inputCount, List<ShardOutcome> outcomes) {
    List<StringBuilder> lines = new ArrayList<>();
    for (int i = 0; i < inputCount; i++) {
      String head = "records-per-shard=" + config.recordsPerShard() + "\n";
      lines.add(new StringBuilder(head));
    }
    for (ShardOutcome outcome : outcomes) {
      outcome.digests().forEach(d -> lines.get(d.input()).append(d.sha256()).append('\n'));
    }
    return lines.stream()
        .map(text -> Sha256.of(text.toString().getBytes(StandardCharsets.UTF_8)))
        .toList();
  }

  /** Decides whether what lies at the output is what would be made. */
  private Artifact existing(
      JavaSparkContext context, Configuration conf, List<URI> from, URI to, SourceListing listing) {
    Artifact artifact = Artifact.open(conf, to, ArtifactKind.DATASET);
    Map<String, String> before = artifact.manifest().config();
    List<String> differences = new ArrayList<>();
    config
        .toMap()
        .forEach(
            (key, value) -> {
              if (!value.equals(before.get(key))) {
                differences.add(
                    String.format(Locale.ROOT, "%s was %s, now %s", key, before.get(key), value));
              }
            });
    if (!differences.isEmpty()) {
      throw new UserException(
          "%s already holds a dataset made with other settings (%s); choose another output or"
              + " delete it first",
          to, String.join("; ", differences));
    }
    if (!listing.fingerprint().equals(artifact.manifest().notes().get(LISTING))) {
      List<ShardOutcome> read =
          compute(
              context,
              conf,
              "compare inputs",
              to,
              listing,
              hadoop -> ShardTask.digests(hadoop, to, config));
      List<String> now = inputFingerprints(from.size(), read);
      List<String> then =
          artifact.manifest().inputs().stream().map(input -> input.fingerprint()).toList();
      if (!now.equals(then)) {
        throw new UserException(
            "%s already holds a dataset made from other images (%s); choose another output or"
                + " delete it first",
            to,
            String.join(
                ", ", artifact.manifest().inputs().stream().map(input -> input.uri()).toList()));
      }
    }
    List<String> problems = artifact.verifySizes();
    if (!problems.isEmpty()) {
      throw new UserException(
          "the dataset is damaged (%s%s); delete %s to have it made again",
          problems.get(0),
          problems.size() > 1 ? " and " + (problems.size() - 1) + " more" : "",
          to);
    }
    return artifact;
  }

  private static Result result(Artifact artifact, List<String> warnings, boolean skipped) {
    Manifest manifest = artifact.manifest();
    List<String> all = new ArrayList<>(warnings);
    TallyNotes.read(manifest).orientationWarning(artifact.dir().toString()).ifPresent(all::add);
    List<String> bad = new ArrayList<>();
    for (int i = 0; i < manifest.count("bad-images"); i++) {
      bad.add(manifest.property(Dataset.numbered("bad-image", i)));
    }
    return new Result(
        artifact.dir(),
        manifest.fingerprint(),
        manifest.count("images"),
        manifest.files().size(),
        bad,
        all,
        skipped);
  }
}
