package io.sparkddpm.spark.fid;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.Locations;
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
  private Progress progress = Progress.NONE;
  private int partitions = Integer.MAX_VALUE;

  /**
   * What was made.
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

  /** A dataset, samples, or a folder, .zip or .npz of images. */
  public ReferenceStatsJob input(URI uri) {
    this.input = uri;
    return this;
  }

  /** Directory of the statistics. */
  public ReferenceStatsJob output(URI uri) {
    this.output = uri;
    return this;
  }

  /** The network's TensorFlow graph; without it the random network stands in. */
  public ReferenceStatsJob inception(URI graph) {
    this.inception = Optional.of(graph);
    return this;
  }

  /** How features are taken. */
  public ReferenceStatsJob config(FidConfig value) {
    this.config = value;
    return this;
  }

  /** Who is told how far the job is. */
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
    ImageSet images = ImageSet.open(conf, Locations.qualify(conf, input));
    URI to = Locations.qualify(conf, output);
    Optional<URI> network = inception.map(uri -> Locations.qualify(conf, uri));
    ExtractorSpec spec = ExtractorSpec.of(conf, network, config);
    if (Artifact.exists(conf, to)) {
      Artifact there = Artifact.open(conf, to, ArtifactKind.STATS);
      refuseOthers(there.manifest(), spec.description(), images, to);
      return result(there, images, spec.description(), true);
    }
    ArtifactWriter writer = ArtifactWriter.create(conf, to, ArtifactKind.STATS);
    StatisticsRun.Outcome outcome = new StatisticsRun(spark, spec, progress, partitions).of(images);
    try (OutputStream out = writer.output(ReferenceStats.FILE)) {
      outcome.statistics().write(out);
    } catch (IOException e) {
      throw new UserException(e, "cannot write %s: %s", to, e.getMessage());
    }
    Artifact artifact = writer.commit(ReferenceStats.manifest(images, outcome));
    return result(artifact, images, spec.description(), false);
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
    if (!images.listing().equals(there.notes().get(ReferenceStats.LISTING))) {
      throw new UserException(
          "%s already holds statistics of other images (%s); choose another output or delete it"
              + " first",
          to, there.inputs().get(0).uri());
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
        images.warnings(),
        skipped);
  }
}
