package io.sparkddpm.spark.evaluation.job;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.ExtractorSpec;
import io.sparkddpm.spark.evaluation.features.FeatureCheck;
import io.sparkddpm.spark.evaluation.features.FeatureRun;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.evaluation.metric.ClassDistance;
import io.sparkddpm.spark.evaluation.metric.ClassRun;
import io.sparkddpm.spark.evaluation.metric.Kid;
import io.sparkddpm.spark.evaluation.metric.Measures;
import io.sparkddpm.spark.evaluation.metric.Metric;
import io.sparkddpm.spark.evaluation.metric.PairwiseComparison;
import io.sparkddpm.spark.evaluation.metric.ScoreRun;
import io.sparkddpm.spark.evaluation.metric.SubsetRun;
import io.sparkddpm.spark.evaluation.stats.MomentsRun;
import io.sparkddpm.spark.evaluation.stats.Provenance;
import io.sparkddpm.spark.evaluation.stats.ReferenceStats;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.PlainFile;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.FrechetDistance;
import io.sparkddpm.statistics.FrechetDistance.Gaussian;
import io.sparkddpm.statistics.InceptionScore;
import io.sparkddpm.statistics.JackknifeInterval;
import io.sparkddpm.statistics.Manifold;
import io.sparkddpm.statistics.StatisticsFile;
import io.sparkddpm.statistics.inception.InceptionEngine;
import io.sparkddpm.statistics.inception.InceptionLayer;
import io.sparkddpm.statistics.inception.OneDnnInception;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Measures the Fréchet distance, and what else is asked for, between samples and references.
 * Features are taken once, kept in files, and reduced and compared on the executors; only sums
 * reach the driver. The result does not depend on partitions, executors or restarts.
 */
public final class FidJob {
  /** Fewer samples than this make the distance larger than it is (Heusel et al. 2017). */
  private static final long FEW = 10_000;

  private final SparkSession spark;
  private URI samples;
  private Optional<DrawnSamples> drawn = Optional.empty();
  private List<URI> references = List.of();
  private Optional<URI> output = Optional.empty();
  private Optional<URI> inception = Optional.empty();
  private FidConfig config = FidConfig.DEFAULTS;
  private InceptionEngine engine = new OneDnnInception();
  private Progress progress = Progress.NONE;
  private int partitions = Integer.MAX_VALUE;
  private boolean reuse;
  private Optional<URI> work = Optional.empty();

  private FidJob(SparkSession spark) {
    this.spark = spark;
  }

  /** A job on a session. */
  public static FidJob on(SparkSession spark) {
    return new FidJob(spark);
  }

  /** What is measured: samples, a dataset, a folder, .zip or .npz of images, or statistics. */
  public FidJob samples(URI uri) {
    this.samples = uri;
    return this;
  }

  /** Samples that are drawn as they are measured and stored nowhere, in place of stored ones. */
  public FidJob samples(DrawnSamples drawnSamples) {
    this.drawn = Optional.of(drawnSamples);
    this.samples = drawnSamples.checkpoint();
    return this;
  }

  /** What it is measured against: statistics, or images as for {@link #samples}. */
  public FidJob reference(URI uri) {
    return references(List.of(uri));
  }

  /** Several references, each of which the samples are measured against. */
  public FidJob references(List<URI> uris) {
    this.references = List.copyOf(uris);
    return this;
  }

  /**
   * Directory for features while the job runs, reached by all executors; without it one beside the
   * output. A killed job goes on from what lies there; a finished one deletes it.
   */
  public FidJob work(URI directory) {
    this.work = Optional.of(directory);
    return this;
  }

  /** A file for the result as JSON; written over. */
  public FidJob output(URI file) {
    this.output = Optional.of(file);
    return this;
  }

  /** The network's TensorFlow graph; without it the random network stands in. */
  public FidJob inception(URI graph) {
    this.inception = Optional.of(graph);
    return this;
  }

  /** Takes the result that lies at the output, where it is of the same sets and network. */
  public FidJob reuse(boolean value) {
    this.reuse = value;
    return this;
  }

  /** What computes the network. */
  public FidJob engine(InceptionEngine value) {
    this.engine = value;
    return this;
  }

  /** How features are taken. */
  public FidJob config(FidConfig value) {
    this.config = value;
    return this;
  }

  /** Who is told how far the job is. */
  public FidJob progress(Progress value) {
    this.progress = value;
    return this;
  }

  /** At most so many tasks; without it, one for each shard. Changes nothing but the speed. */
  public FidJob partitions(int most) {
    this.partitions = most;
    return this;
  }

  /** One of the sets: images to be reduced, or statistics that are already there. */
  private record Source(URI uri, Optional<ImageSet> images, Optional<StatisticsFile> statistics) {
    long count() {
      return statistics
          .map(s -> s.statistics().count())
          .orElseGet(() -> images.orElseThrow().images());
    }
  }

  /** One of the sets, reduced. */
  private record Reduced(
      FidResult.Side side,
      FeatureStatistics statistics,
      Optional<FeatureStatistics> spatial,
      Optional<FeatureStore> features,
      List<FeatureStatistics> groups,
      Provenance provenance,
      List<String> classNames,
      List<String> warnings) {}

  /**
   * Measures against one reference.
   *
   * @throws UserException naming the file, if something is missing, damaged or foreign, or if the
   *     reference's statistics were made by another network, layer or resize
   */
  public FidResult run() {
    return runAll().get(0);
  }

  /** As {@link #run}, against every reference; results in their order. */
  public List<FidResult> runAll() {
    checkArgument(samples != null && !references.isEmpty(), "samples and reference are required");
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    Optional<URI> network = inception.map(uri -> Locations.qualify(conf, uri));
    ExtractorSpec spec =
        ExtractorSpec.of(conf, network, config, Metric.layers(config, network), engine);
    if (reuse) {
      Optional<List<FidResult>> before = earlier(conf, spec.description());
      if (before.isPresent()) {
        return before.get();
      }
    }
    Source measured =
        drawn.isPresent()
            ? drawn(drawn.get(), spec.description())
            : open(conf, samples, "samples", spec.description());
    List<Source> against = new ArrayList<>();
    for (URI reference : references) {
      against.add(open(conf, reference, "reference", spec.description()));
    }
    Workspace workspace = Workspace.of(spark, work, output);
    try {
      List<FidResult> results = measure(conf, spec, measured, against, workspace);
      workspace.check();
      output
          .map(uri -> Locations.qualify(conf, uri))
          .ifPresent(uri -> PlainFile.write(conf, uri, FidResult.toJson(results)));
      workspace.delete();
      return results;
    } catch (RuntimeException e) {
      workspace.abandon();
      throw e;
    }
  }

  private List<FidResult> measure(
      Configuration conf,
      ExtractorSpec spec,
      Source measured,
      List<Source> against,
      Workspace workspace) {
    long began = System.nanoTime();
    List<Reduced> seconds = new ArrayList<>();
    for (Source source : against) {
      seconds.add(reduce(conf, source, spec, workspace));
    }
    Reduced first = reduce(conf, measured, spec, workspace);
    Gaussian gaussian = Gaussian.of(first.statistics);
    Optional<InceptionScore> score = score(spec.description(), first);
    Optional<URI> file = output.map(uri -> Locations.qualify(conf, uri));
    List<FidResult> results = new ArrayList<>();
    for (Reduced second : seconds) {
      Gaussian target = Gaussian.of(second.statistics);
      FrechetDistance terms = FrechetDistance.between(gaussian, target);
      ExtractorSpec.Description extractor = spec.description();
      List<String> warnings = warnings(extractor, first, second);
      Measures measures = measures(extractor, first, second, score, warnings);
      results.add(
          new FidResult(
              extractor.metric(),
              terms.distance(),
              terms,
              interval(terms.distance(), first, target),
              extractor.layer(),
              extractor.dimension(),
              extractor.resize(),
              extractor.name(),
              extractor.weights(),
              first.side,
              second.side,
              measures,
              first.provenance.facts(),
              warnings,
              (System.nanoTime() - began) / 1e9,
              file));
    }
    return results;
  }

  private Optional<InceptionScore> score(ExtractorSpec.Description extractor, Reduced samples) {
    if (!Metric.of(config.metrics()).contains(Metric.IS)) {
      return Optional.empty();
    }
    FeatureStore features = features(samples, "the Inception Score");
    FeatureLayer logits =
        extractor.find(InceptionLayer.LOGITS_WITHOUT_BIAS.layerName()).orElseThrow();
    return Optional.of(
        new ScoreRun(spark, partitions)
            .of(features, logits.name(), logits.dimension(), config.scoreSplits()));
  }

  private Measures measures(
      ExtractorSpec.Description extractor,
      Reduced samples,
      Reduced reference,
      Optional<InceptionScore> score,
      List<String> warnings) {
    Set<Metric> metrics = Metric.of(config.metrics());
    Optional<Double> spatial = Optional.empty();
    if (metrics.contains(Metric.SFID)) {
      spatial =
          Optional.of(FrechetDistance.between(spatial(samples), spatial(reference)).distance());
    }
    boolean manifold = metrics.contains(Metric.PR) || metrics.contains(Metric.DC);
    Optional<Kid> kernel = Optional.empty();
    Optional<Manifold> shares = Optional.empty();
    if (manifold || metrics.contains(Metric.KID)) {
      FeatureStore generated = features(samples, "comparing pairs");
      FeatureStore real = features(reference, "comparing pairs");
      PairwiseComparison.Result pairs =
          new PairwiseComparison(spark, progress, real, generated, extractor.layer(), config)
              .run(manifold);
      shares = pairs.manifold();
      if (metrics.contains(Metric.KID)) {
        kernel =
            Optional.of(
                new Kid(
                    pairs.kernelDistance(),
                    new SubsetRun(spark)
                        .run(real, generated, extractor.layer(), extractor.dimension(), config)));
      }
    }
    SortedMap<Integer, ClassDistance> classes = new TreeMap<>();
    if (config.perClass()) {
      ClassRun.Outcome outcome =
          new ClassRun(spark)
              .run(classes(samples), classes(reference), extractor.layer(), extractor.dimension());
      classes.putAll(outcome.distances());
      outcome.warning().ifPresent(warnings::add);
    }
    return new Measures(
        spatial,
        extractor.find(InceptionLayer.SPATIAL.layerName()).map(FeatureLayer::metric).orElse("sFID"),
        score,
        kernel,
        shares,
        classes);
  }

  private static ClassRun.Classes classes(Reduced set) {
    return new ClassRun.Classes(
        features(set, "distances of classes"), set.side.uri(), set.classNames);
  }

  private static FeatureStatistics spatial(Reduced set) {
    return set.spatial.orElseThrow(() -> withoutSpatial(set.side.uri()));
  }

  private static UserException withoutSpatial(URI statistics) {
    return new UserException(
        "the statistics %s have no spatial features; make them with --metrics fid,sfid",
        statistics);
  }

  private static FeatureStore features(Reduced set, String what) {
    return set.features.orElseThrow(() -> withoutFeatures(what, set.side.uri()));
  }

  private static UserException withoutFeatures(String what, URI statistics) {
    return new UserException(
        "%s needs features, but %s holds statistics without; make them with --metrics and the"
            + " metrics wanted, or give the images",
        what, statistics);
  }

  /** What an earlier job wrote, if it still holds. */
  private Optional<List<FidResult>> earlier(
      Configuration conf, ExtractorSpec.Description extractor) {
    Optional<URI> file = output.map(uri -> Locations.qualify(conf, uri));
    if (file.isEmpty()) {
      return Optional.empty();
    }
    List<FidResult> results;
    try (InputStream in = Locations.fileSystem(conf, file.get()).open(new Path(file.get()))) {
      results = FidResult.listFromJson(in.readAllBytes(), file.get());
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file.get(), e.getMessage());
    } catch (UserException e) {
      return Optional.empty(); // cut off when an earlier job was killed: written again
    }
    boolean same = results.size() == references.size();
    for (int i = 0; same && i < results.size(); i++) {
      same = isStill(conf, results.get(i), references.get(i), extractor);
    }
    return same ? Optional.of(results) : Optional.empty();
  }

  private boolean isStill(
      Configuration conf, FidResult result, URI reference, ExtractorSpec.Description extractor) {
    return result.network().equals(extractor.name())
        && result.networkHash().equals(extractor.weights())
        && result.resize().equals(extractor.resize())
        && result.layer().equals(extractor.layer())
        && isStillSamples(conf, result.samples())
        && byThis(result.samples(), extractor)
        && byThis(result.reference(), extractor)
        && hasAll(result.measures())
        && isStill(conf, result.reference(), reference);
  }

  /** Whether a result holds every metric that is asked for. */
  private boolean hasAll(Measures measures) {
    Set<Metric> metrics = Metric.of(config.metrics());
    boolean manifold = metrics.contains(Metric.PR) || metrics.contains(Metric.DC);
    return (!metrics.contains(Metric.SFID) || measures.spatial().isPresent())
        && (!metrics.contains(Metric.IS) || measures.score().isPresent())
        && (!metrics.contains(Metric.KID) || measures.kernel().isPresent())
        && (!manifold || measures.manifold().isPresent())
        && !config.perClass();
  }

  /** Whether features that this job would take were taken by its own engine. */
  private static boolean byThis(FidResult.Side side, ExtractorSpec.Description extractor) {
    return side.kind().equals(ArtifactKind.STATS.code())
        || side.engine().equals(extractor.engine());
  }

  private boolean isStillSamples(Configuration conf, FidResult.Side side) {
    return drawn
        .map(d -> d.manifest().fingerprint().equals(side.fingerprint()))
        .orElseGet(() -> isStill(conf, side, samples));
  }

  private static boolean isStill(Configuration conf, FidResult.Side side, URI uri) {
    URI place = Locations.qualify(conf, uri);
    return Artifact.exists(conf, place)
        && Artifact.open(conf, place).manifest().fingerprint().equals(side.fingerprint());
  }

  private Source drawn(DrawnSamples samplesToDraw, ExtractorSpec.Description extractor) {
    ImageSet set = ImageSet.drawn(samplesToDraw);
    if (config.perClass()) {
      set.requireLabels();
    }
    requireEnough("samples drawn from " + set.uri(), set.images(), extractor);
    return new Source(set.uri(), Optional.of(set), Optional.empty());
  }

  private Source open(
      Configuration conf, URI place, String what, ExtractorSpec.Description extractor) {
    URI uri = Locations.qualify(conf, place);
    boolean isStatistics =
        Artifact.exists(conf, uri)
            && Artifact.open(conf, uri).manifest().kind() == ArtifactKind.STATS;
    Source source =
        isStatistics
            ? new Source(uri, Optional.empty(), Optional.of(stored(conf, uri, extractor)))
            : new Source(uri, Optional.of(ImageSet.open(conf, uri)), Optional.empty());
    if (config.perClass()) {
      source.images().ifPresent(ImageSet::requireLabels);
    }
    requireEnough(what + " " + uri, source.count(), extractor);
    return source;
  }

  /**
   * Refuses, before any work, a number of images for which the distance means little.
   *
   * @param what they are, for the message
   * @param inception the network, as for {@link #inception}
   * @throws UserException if there are no more images than dimensions, unless the configuration
   *     forces it
   */
  public static void requireEnough(
      Configuration conf, Optional<URI> inception, FidConfig config, String what, long images) {
    ExtractorSpec.Description extractor =
        ExtractorSpec.of(
                conf, inception, config, Metric.layers(config, inception), new OneDnnInception())
            .description();
    FidJob job = new FidJob(null).config(config);
    job.requireEnough(what, images, extractor);
  }

  /**
   * Refuses, before any work, a reference that samples could not be measured against.
   *
   * @param inception the network, as for {@link #inception}
   * @param reference as for {@link #reference}
   * @throws UserException if it is missing, damaged, too small, without what a metric needs, or by
   *     another network
   */
  public static void requireComparable(
      Configuration conf, Optional<URI> inception, FidConfig config, URI reference) {
    ExtractorSpec.Description extractor =
        ExtractorSpec.of(
                conf, inception, config, Metric.layers(config, inception), new OneDnnInception())
            .description();
    FidJob job = new FidJob(null).config(config);
    Source source = job.open(conf, reference, "reference", extractor);
    if (source.statistics.isEmpty()) {
      return;
    }
    Artifact artifact = Artifact.open(conf, source.uri, ArtifactKind.STATS);
    List<String> problems = artifact.verify();
    if (!problems.isEmpty()) {
      throw new UserException("the statistics are damaged: %s", problems.get(0));
    }
    boolean spatial =
        Metric.of(config.metrics()).contains(Metric.SFID)
            && extractor
                .find(InceptionLayer.SPATIAL.layerName())
                .flatMap(layer -> ReferenceStats.read(conf, source.uri, layer.name()))
                .isEmpty();
    if (spatial) {
      throw withoutSpatial(source.uri);
    }
    if (job.comparesFeatures() && ReferenceStats.features(artifact).isEmpty()) {
      throw withoutFeatures("comparing pairs", source.uri);
    }
  }

  private boolean comparesFeatures() {
    return Metric.of(config.metrics()).stream().anyMatch(Metric::needsFeatures)
        || config.perClass();
  }

  private void requireEnough(String what, long images, ExtractorSpec.Description extractor) {
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

  private static StatisticsFile stored(
      Configuration conf, URI uri, ExtractorSpec.Description extractor) {
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

  private Reduced reduce(
      Configuration conf, Source source, ExtractorSpec spec, Workspace workspace) {
    ExtractorSpec.Description extractor = spec.description();
    if (source.statistics.isPresent()) {
      Artifact artifact = Artifact.open(conf, source.uri, ArtifactKind.STATS);
      Manifest manifest = artifact.manifest();
      FeatureStatistics statistics = source.statistics.get().statistics();
      FidResult.Side side =
          new FidResult.Side(
              source.uri,
              ArtifactKind.STATS.code(),
              manifest.fingerprint(),
              statistics.count(),
              ReferenceStats.engine(manifest));
      Optional<FeatureStore> kept = ReferenceStats.features(artifact);
      kept.filter(features -> comparesFeatures())
          .ifPresent(
              features ->
                  new FeatureCheck(spark, partitions)
                      .run(features, extractor.identity(), extractor.featureLayer()));
      return new Reduced(
          side,
          statistics,
          extractor
              .find(InceptionLayer.SPATIAL.layerName())
              .flatMap(layer -> ReferenceStats.read(conf, source.uri, layer.name()))
              .map(StatisticsFile::statistics),
          kept,
          List.of(),
          Provenance.of(manifest),
          ReferenceStats.classNames(manifest),
          List.of());
    }
    ImageSet images = source.images.orElseThrow();
    FeatureStore features =
        new FeatureRun(spark, spec, progress, partitions)
            .of(images, workspace.lease(), workspace.place(FeatureRun.name(images, spec)));
    MomentsRun moments = new MomentsRun(spark, partitions);
    MomentsRun.Outcome main = moments.of(features, extractor.identity(), extractor.featureLayer());
    FeatureStatistics statistics = main.statistics().statistics();
    String fingerprint = FeatureRun.fingerprint(images, features);
    return new Reduced(
        new FidResult.Side(
            source.uri, images.kind(), fingerprint, statistics.count(), extractor.engine()),
        statistics,
        extractor
            .find(InceptionLayer.SPATIAL.layerName())
            .map(layer -> moments.of(features, extractor.identity(), layer))
            .map(outcome -> outcome.statistics().statistics()),
        Optional.of(features),
        main.groups(),
        images.manifest().map(Provenance::of).orElse(Provenance.NONE),
        images.classNames(),
        images.warnings(features.tally()));
  }

  /** Over groups of shards of the samples, each left out in turn; the reference stays. */
  private static Optional<JackknifeInterval> interval(
      double distance, Reduced samples, Gaussian target) {
    List<FeatureStatistics> groups = samples.groups;
    long largest = groups.stream().mapToLong(FeatureStatistics::count).max().orElse(0);
    if (groups.size() < 2 || samples.statistics.count() - largest < 2) {
      return Optional.empty();
    }
    double[] leftOut = new double[groups.size()];
    for (int i = 0; i < leftOut.length; i++) {
      FeatureStatistics rest = samples.statistics.unmerge(groups.get(i));
      leftOut[i] = FrechetDistance.between(Gaussian.of(rest), target).distance();
    }
    return Optional.of(JackknifeInterval.of(distance, leftOut));
  }

  private static List<String> warnings(
      ExtractorSpec.Description extractor, Reduced samples, Reduced reference) {
    List<String> warnings = new ArrayList<>();
    few(warnings, "samples", samples, extractor);
    few(warnings, "reference", reference, extractor);
    if (!extractor.file().isEmpty() && !extractor.published()) {
      warnings.add(
          extractor.file()
              + " is not the published network; results that it changes are not called FID");
    }
    samples.provenance.youngAverage().ifPresent(warnings::add);
    if (ReferenceStats.differ(samples.side.engine(), reference.side.engine())) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "features of the samples by %s, of the reference by %s: they agree but for rounding",
              samples.side.engine(),
              reference.side.engine()));
    }
    warnings.addAll(samples.warnings);
    warnings.addAll(reference.warnings);
    return warnings;
  }

  private static void few(
      List<String> warnings, String what, Reduced set, ExtractorSpec.Description extractor) {
    long count = set.side.images();
    if (count < FEW) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%s: %d images; under %d the distance is biased upwards, compare only results of"
                  + " equal counts",
              what,
              count,
              FEW));
    }
    if (count <= extractor.dimension()) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%s: %d images for %d dimensions leave the covariance rank-deficient",
              what,
              count,
              extractor.dimension()));
    }
  }
}
