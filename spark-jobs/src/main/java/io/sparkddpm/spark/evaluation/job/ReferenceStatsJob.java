package io.sparkddpm.spark.evaluation.job;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.TallyNotes;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.ExtractorSpec;
import io.sparkddpm.spark.evaluation.features.FeatureRun;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.evaluation.input.ImageSets;
import io.sparkddpm.spark.evaluation.metric.Metric;
import io.sparkddpm.spark.evaluation.metric.Metrics;
import io.sparkddpm.spark.evaluation.stats.MomentsRun;
import io.sparkddpm.spark.evaluation.stats.ReferenceStats;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.StatisticsFile;
import io.sparkddpm.statistics.inception.InceptionEngine;
import io.sparkddpm.statistics.inception.OneDnnInception;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Makes the feature statistics of a dataset, of samples or of a folder of images, to measure
 * distances from. Equal inputs give equal bytes, on any number of executors.
 */
public final class ReferenceStatsJob {
  private final SparkSession spark;
  private URI input;
  private URI output;
  private Optional<URI> inception = Optional.empty();
  private FidConfig config = FidConfig.DEFAULTS;
  private InceptionEngine engine = new OneDnnInception();
  private Progress progress = Progress.NONE;
  private int partitions = Integer.MAX_VALUE;

  /**
   * The statistics.
   *
   * @param statistics where they lie
   * @param fingerprint of the artefact
   * @param metric what distances from these statistics are called
   * @param layer of the network
   * @param images that went in
   * @param warnings for the user
   * @param skipped whether they were there already, of the same images by the same network
   */
  public record Result(
      URI statistics,
      String fingerprint,
      String metric,
      String layer,
      long images,
      List<String> warnings,
      boolean skipped) {}

  private ReferenceStatsJob(SparkSession spark) {
    this.spark = spark;
  }

  /** A job on a session. */
  public static ReferenceStatsJob on(SparkSession spark) {
    return new ReferenceStatsJob(spark);
  }

  /** A dataset, samples, or images in any format or a table ({@link ImageSets#parse}). */
  public ReferenceStatsJob input(URI uri) {
    this.input = uri;
    return this;
  }

  /** Directory of the statistics. */
  public ReferenceStatsJob output(URI uri) {
    this.output = uri;
    return this;
  }

  /** The network's TensorFlow graph; without it the random network is used. */
  public ReferenceStatsJob inception(URI graph) {
    this.inception = Optional.of(graph);
    return this;
  }

  /** What computes the network. */
  public ReferenceStatsJob engine(InceptionEngine value) {
    this.engine = value;
    return this;
  }

  /** How features are taken. */
  public ReferenceStatsJob config(FidConfig value) {
    this.config = value;
    return this;
  }

  /** Receives the progress of the job. */
  public ReferenceStatsJob progress(Progress value) {
    this.progress = value;
    return this;
  }

  /** At most so many tasks; without it, one for each shard. Changes nothing but the speed. */
  public ReferenceStatsJob partitions(int most) {
    this.partitions = most;
    return this;
  }

  /**
   * Runs the job, or finds that it is done.
   *
   * @throws UserException naming the file, if images or network are missing, damaged or foreign, or
   *     if other statistics lie at the output
   */
  public Result run() {
    checkArgument(input != null && output != null, "input and output are required");
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    URI to = Locations.qualify(conf, output);
    try (ImageSets sets = new ImageSets(spark, progress, () -> to)) {
      return run(conf, sets.open(input), to);
    }
  }

  private Result run(Configuration conf, ImageSet images, URI to) {
    if (Metrics.KNOWN.needLabels(config)) {
      images.requireLabels();
    }
    Optional<URI> network = inception.map(uri -> Locations.qualify(conf, uri));
    ExtractorSpec spec =
        ExtractorSpec.of(conf, network, config, Metrics.KNOWN.layers(config, network), engine);
    if (Artifact.exists(conf, to)) {
      return existing(conf, spec, images, to);
    }
    try (Lease lease = Lease.acquire(conf, to)) {
      if (Artifact.exists(conf, to)) { // made while we waited
        return existing(conf, spec, images, to);
      }
      Artifact artifact = make(conf, spec, images, to, lease);
      return result(artifact, images, spec.description(), false);
    }
  }

  /** Makes sure that what lies at the output is what would be made. */
  private Result existing(Configuration conf, ExtractorSpec spec, ImageSet images, URI to) {
    Artifact there = Artifact.open(conf, to, ArtifactKind.STATS);
    refuseOthers(there.manifest(), spec.description(), images, to);
    refuseLess(there, spec.description(), to);
    return result(there, images, spec.description(), true);
  }

  private Artifact make(
      Configuration conf, ExtractorSpec spec, ImageSet images, URI to, Lease lease) {
    LeaseToken token = lease.token();
    ArtifactWriter writer = ArtifactWriter.create(conf, to, ArtifactKind.STATS, token);
    URI place = Locations.resolve(to, ReferenceStats.FEATURES);
    FeatureStore features =
        new FeatureRun(spark, spec, progress, partitions).of(images, token, place);
    MomentsRun moments = new MomentsRun(spark, partitions);
    StatisticsFile main = null;
    for (FeatureLayer layer : spec.description().layers()) {
      StatisticsFile file = moments.of(features, spec.description().identity(), layer).statistics();
      String path = main == null ? ReferenceStats.FILE : ReferenceStats.fileOf(layer.name());
      main = main == null ? file : main;
      try (OutputStream out = writer.output(path)) {
        file.write(out);
      } catch (IOException e) {
        throw new UserException(e, "cannot write %s: %s", to, e.getMessage());
      }
    }
    boolean keep = keepsFeatures();
    if (keep) {
      features.shards().forEach(s -> writer.add(ReferenceStats.above(s.file())));
      writer.discardOtherAttempts(ReferenceStats.FEATURES, FeatureRun.PREFIX, FeatureRun.SUFFIX);
    }
    Manifest.Builder manifest =
        ReferenceStats.manifest(
            images, main, FeatureRun.fingerprint(images, features), spec.description().engine());
    TallyNotes.write(manifest, features.tally());
    writer.discardUnfinished();
    Artifact artifact = writer.commit(manifest);
    if (!keep) {
      lease.check();
      Locations.delete(conf, place);
    }
    return artifact;
  }

  private boolean keepsFeatures() {
    return Metrics.KNOWN.needFeatures(config);
  }

  private static void refuseOthers(
      Manifest there, ExtractorSpec.Description extractor, ImageSet images, URI to) {
    boolean sameNetwork =
        extractor.name().equals(there.config().get(ReferenceStats.EXTRACTOR))
            && extractor.weights().equals(there.config().get(ReferenceStats.WEIGHTS))
            && extractor.resize().equals(there.config().get(ReferenceStats.RESIZE))
            && extractor.layer().equals(there.config().get(ReferenceStats.LAYER));
    if (!sameNetwork) {
      throw new UserException(
          "%s already holds statistics by another network or layer (%s, weights %s, layer %s);"
              + " choose another output or delete it first",
          to,
          there.config().get(ReferenceStats.EXTRACTOR),
          there.config().get(ReferenceStats.WEIGHTS),
          there.config().get(ReferenceStats.LAYER));
    }
    if (ReferenceStats.differ(extractor.engine(), ReferenceStats.engine(there))) {
      throw new UserException(
          "%s already holds statistics of features by engine %s, not %s; choose another output or"
              + " delete it first",
          to, ReferenceStats.engine(there), extractor.engine());
    }
    if (!images.listing().equals(there.notes().get(ReferenceStats.LISTING))) {
      throw new UserException(
          "%s already holds statistics of other images (%s); choose another output or delete it"
              + " first",
          to, there.inputs().get(0).uri());
    }
  }

  /** What is there must hold what is asked for. */
  private void refuseLess(Artifact there, ExtractorSpec.Description extractor, URI to) {
    for (FeatureLayer layer : extractor.layers()) {
      if (!layer.name().equals(extractor.layer())
          && there.manifest().file(ReferenceStats.fileOf(layer.name())).isEmpty()) {
        throw new UserException(
            "%s was made without layer %s; choose another output or delete it first",
            to, layer.name());
      }
    }
    if (keepsFeatures() && ReferenceStats.features(there).isEmpty()) {
      throw new UserException(
          "%s was made without features, which %s compare; choose another output or delete it"
              + " first",
          to, Metrics.KNOWN.namesOf(Metric::needsFeatures));
    }
  }

  private static Result result(
      Artifact artifact, ImageSet images, ExtractorSpec.Description extractor, boolean skipped) {
    return new Result(
        artifact.dir(),
        artifact.manifest().fingerprint(),
        extractor.metric(),
        extractor.layer(),
        artifact.manifest().count(ReferenceStats.IMAGES),
        images.warnings(TallyNotes.read(artifact.manifest())),
        skipped);
  }
}
