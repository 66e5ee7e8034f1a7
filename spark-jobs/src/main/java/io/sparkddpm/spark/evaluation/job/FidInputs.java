package io.sparkddpm.spark.evaluation.job;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.ExtractorSpec;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.evaluation.input.ImageSets;
import io.sparkddpm.spark.evaluation.metric.MeasuredSet;
import io.sparkddpm.spark.evaluation.metric.Metric;
import io.sparkddpm.spark.evaluation.metric.Metrics;
import io.sparkddpm.spark.evaluation.stats.ReferenceStats;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.statistics.StatisticsFile;
import io.sparkddpm.statistics.inception.InceptionLayer;
import io.sparkddpm.statistics.inception.OneDnnInception;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;

/** Opens the sets of a measurement, and refuses those that it could not measure. */
public final class FidInputs {
  private final Configuration conf;
  private final FidConfig config;
  private final Metrics metrics;
  private final ExtractorSpec.Description extractor;
  private final Function<URI, ImageSet> sets;

  /** A set: images to be reduced, or statistics that are there already. */
  record Input(URI uri, Optional<ImageSet> images, Optional<StatisticsFile> statistics) {
    long count() {
      return statistics
          .map(s -> s.statistics().count())
          .orElseGet(() -> images.orElseThrow().images());
    }
  }

  /**
   * @param sets opens sets of images
   */
  FidInputs(
      Configuration conf,
      FidConfig config,
      Metrics metrics,
      ExtractorSpec.Description extractor,
      Function<URI, ImageSet> sets) {
    this.conf = conf;
    this.config = config;
    this.metrics = metrics;
    this.extractor = extractor;
    this.sets = sets;
  }

  private static FidInputs of(Configuration conf, Optional<URI> inception, FidConfig config) {
    Metrics metrics = Metrics.KNOWN;
    ExtractorSpec spec =
        ExtractorSpec.of(
            conf, inception, config, metrics.layers(config, inception), new OneDnnInception());
    return new FidInputs(
        conf, config, metrics, spec.description(), uri -> ImageSet.open(conf, uri));
  }

  /**
   * Refuses, before any work, a number of images for which the distance means little.
   *
   * @param what they are, for the message
   * @param inception the network, as for {@link FidJob#inception}
   * @throws UserException if there are no more images than dimensions, unless the configuration
   *     forces it
   */
  public static void requireEnough(
      Configuration conf, Optional<URI> inception, FidConfig config, String what, long images) {
    of(conf, inception, config).requireEnough(what, images);
  }

  /**
   * Refuses, before any work, a reference that samples could not be measured against.
   *
   * @param inception the network, as for {@link FidJob#inception}
   * @param reference as for {@link FidJob#reference}
   * @throws UserException if it is missing, damaged, too small, without what a metric needs, or by
   *     another network
   */
  public static void requireComparable(
      Configuration conf, Optional<URI> inception, FidConfig config, URI reference) {
    of(conf, inception, config).requireComparable(reference);
  }

  private void requireComparable(URI reference) {
    Input input = open(reference, "reference");
    if (input.statistics.isEmpty()) {
      return;
    }
    Artifact artifact = Artifact.open(conf, input.uri, ArtifactKind.STATS);
    List<String> problems = artifact.verify();
    if (!problems.isEmpty()) {
      throw new UserException("the statistics are damaged: %s", problems.get(0));
    }
    for (Metric metric : metrics.chosen(config)) {
      if (metric.needsMoments() && !metric.layers().stream().allMatch(l -> has(input.uri, l))) {
        throw MeasuredSet.withoutLayer(input.uri, metric);
      }
      if (metric.needsFeatures() && ReferenceStats.features(artifact).isEmpty()) {
        throw MeasuredSet.withoutFeatures(input.uri, metric);
      }
    }
  }

  private boolean has(URI statistics, InceptionLayer layer) {
    return ReferenceStats.read(conf, statistics, layer.layerName()).isPresent();
  }

  /** Samples that are drawn while they are measured. */
  Input drawn(DrawnSamples samples) {
    ImageSet set = ImageSet.drawn(samples);
    requireLabels(set);
    requireEnough("samples drawn from " + set.uri(), set.images());
    return new Input(set.uri(), Optional.of(set), Optional.empty());
  }

  /**
   * Opens a set.
   *
   * @param what it is, for messages
   * @throws UserException if it is missing, damaged, too small, without labels that a metric needs,
   *     or statistics by another network
   */
  Input open(URI place, String what) {
    URI uri = ImageSets.isPlace(place) ? Locations.qualify(conf, place) : place;
    Input input =
        areStatistics(conf, uri)
            ? new Input(uri, Optional.empty(), Optional.of(stored(uri)))
            : new Input(uri, Optional.of(sets.apply(uri)), Optional.empty());
    input.images().ifPresent(this::requireLabels);
    requireEnough(what + " " + uri, input.count());
    return input;
  }

  /** Whether a set is statistics, not images. */
  public static boolean areStatistics(Configuration conf, URI set) {
    if (!ImageSets.isPlace(set)) {
      return false;
    }
    URI uri = Locations.qualify(conf, set);
    return Artifact.exists(conf, uri)
        && Artifact.open(conf, uri).manifest().kind() == ArtifactKind.STATS;
  }

  private void requireLabels(ImageSet images) {
    if (metrics.needLabels(config)) {
      images.requireLabels();
    }
  }

  private void requireEnough(String what, long images) {
    if (images < 2) {
      throw new UserException("%s: %d image; a distance needs at least 2", what, images);
    }
    if (images <= extractor.dimension() && !config.force()) {
      throw new UserException(
          "%s: %d images for the %d dimensions of layer %s leave the covariance singular and the"
              + " distance without much meaning; take more images or a shallower layer, or force it"
              + " (fid --force, or fid.force=true)",
          what, images, extractor.dimension(), extractor.layer());
    }
  }

  private StatisticsFile stored(URI uri) {
    Manifest manifest = Artifact.open(conf, uri, ArtifactKind.STATS).manifest();
    StatisticsFile file =
        ReferenceStats.read(conf, uri, extractor.layer())
            .orElseGet(() -> ReferenceStats.read(conf, uri));
    if (!extractor.identity().equals(file.extractor())
        || !extractor.featureLayer().equals(file.layer())) {
      throw new UserException(
          "the statistics %s were made by %s, layer %s; they cannot be compared with features by"
              + " %s, layer %s",
          uri,
          file.extractor(),
          manifest.config().getOrDefault(ReferenceStats.LAYER, file.layer().name()),
          extractor.identity(),
          extractor.layer());
    }
    return file;
  }
}
