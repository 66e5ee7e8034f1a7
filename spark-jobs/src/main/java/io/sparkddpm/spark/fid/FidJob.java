package io.sparkddpm.spark.fid;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.fid.FeatureStatistics;
import io.sparkddpm.fid.FrechetDistance;
import io.sparkddpm.fid.FrechetDistance.Gaussian;
import io.sparkddpm.fid.JackknifeInterval;
import io.sparkddpm.fid.StatisticsFile;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Measures the Fréchet distance between samples and a reference. Features are taken and reduced to
 * statistics on the executors; only those reach the driver. The result does not depend on
 * partitions or executors.
 */
public final class FidJob {
  /** Fewer samples than this make the distance larger than it is (Heusel et al. 2017). */
  private static final long FEW = 10_000;

  private final SparkSession spark;
  private URI samples;
  private URI reference;
  private Optional<URI> output = Optional.empty();
  private Optional<URI> inception = Optional.empty();
  private FidConfig config = FidConfig.DEFAULTS;
  private Progress progress = Progress.NONE;
  private int partitions = Integer.MAX_VALUE;
  private boolean reuse;

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

  /** What it is measured against: statistics, or images as for {@link #samples}. */
  public FidJob reference(URI uri) {
    this.reference = uri;
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

  /** One of the two sets: images to be reduced, or statistics that are already there. */
  private record Source(URI uri, Optional<ImageSet> images, Optional<StatisticsFile> statistics) {
    long count() {
      return statistics
          .map(s -> s.statistics().count())
          .orElseGet(() -> images.orElseThrow().images());
    }
  }

  /** One of the two sets, reduced. */
  private record Reduced(
      FidResult.Side side,
      FeatureStatistics statistics,
      List<FeatureStatistics> groups,
      Provenance provenance,
      List<String> warnings) {}

  /**
   * Measures.
   *
   * @throws UserException naming the file, if something is missing, damaged or foreign, or if the
   *     reference's statistics were made by another network, layer or resize
   */
  public FidResult run() {
    checkArgument(samples != null && reference != null, "samples and reference are required");
    long began = System.nanoTime();
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    Optional<URI> network = inception.map(uri -> Locations.qualify(conf, uri));
    ExtractorSpec spec = ExtractorSpec.of(conf, network, config);
    if (reuse) {
      Optional<FidResult> before = earlier(conf, spec.description());
      if (before.isPresent()) {
        return before.get();
      }
    }
    Source measured = open(conf, samples, "samples", spec.description());
    Source against = open(conf, reference, "reference", spec.description());
    Reduced second = reduce(conf, against, spec);
    Reduced first = reduce(conf, measured, spec);
    Gaussian target = Gaussian.of(second.statistics);
    FrechetDistance terms = FrechetDistance.between(Gaussian.of(first.statistics), target);
    ExtractorSpec.Description extractor = spec.description();
    Optional<URI> file = output.map(uri -> Locations.qualify(conf, uri));
    FidResult result =
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
            first.provenance.facts(),
            warnings(extractor, first, second),
            (System.nanoTime() - began) / 1e9,
            file);
    file.ifPresent(uri -> write(conf, uri, result));
    return result;
  }

  /** What an earlier job wrote, if it still holds. */
  private Optional<FidResult> earlier(Configuration conf, ExtractorSpec.Description extractor) {
    Optional<URI> file = output.map(uri -> Locations.qualify(conf, uri));
    if (file.isEmpty()) {
      return Optional.empty();
    }
    FidResult result;
    try (InputStream in = Locations.fileSystem(conf, file.get()).open(new Path(file.get()))) {
      result = FidResult.fromJson(in.readAllBytes(), file.get());
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file.get(), e.getMessage());
    } catch (UserException e) {
      return Optional.empty(); // cut off when an earlier job was killed: written again
    }
    boolean same =
        result.network().equals(extractor.name())
            && result.networkHash().equals(extractor.weights())
            && result.resize().equals(extractor.resize())
            && result.layer().equals(extractor.layer())
            && isStill(conf, result.samples(), samples)
            && isStill(conf, result.reference(), reference);
    return same ? Optional.of(result) : Optional.empty();
  }

  private static boolean isStill(Configuration conf, FidResult.Side side, URI uri) {
    URI place = Locations.qualify(conf, uri);
    return Artifact.exists(conf, place)
        && Artifact.open(conf, place).manifest().fingerprint().equals(side.fingerprint());
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
    ExtractorSpec.Description extractor = ExtractorSpec.of(conf, inception, config).description();
    FidJob job = new FidJob(null).config(config);
    job.requireEnough(what, images, extractor);
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
    StatisticsFile file = ReferenceStats.read(conf, uri);
    if (!extractor.matches(file.extractor(), file.layer())) {
      throw new UserException(
          "the statistics %s were made by %s, layer %s; they cannot be compared with features by"
              + " %s, layer %s",
          uri, file.extractor(), file.layer().name(), extractor.identity(), extractor.layer());
    }
    return file;
  }

  private Reduced reduce(Configuration conf, Source source, ExtractorSpec spec) {
    if (source.statistics.isPresent()) {
      Manifest manifest = Artifact.open(conf, source.uri, ArtifactKind.STATS).manifest();
      FeatureStatistics statistics = source.statistics.get().statistics();
      FidResult.Side side =
          new FidResult.Side(
              source.uri, ArtifactKind.STATS.code(), manifest.fingerprint(), statistics.count());
      return new Reduced(side, statistics, List.of(), Provenance.of(manifest), List.of());
    }
    ImageSet images = source.images.orElseThrow();
    StatisticsRun.Outcome outcome = new StatisticsRun(spark, spec, progress, partitions).of(images);
    FeatureStatistics statistics = outcome.statistics().statistics();
    return new Reduced(
        new FidResult.Side(source.uri, images.kind(), outcome.fingerprint(), statistics.count()),
        statistics,
        outcome.groups(),
        images.manifest().map(Provenance::of).orElse(Provenance.NONE),
        images.warnings());
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
              + " is not the published network, whose file has another size; results depend on"
              + " where it departs from it");
    }
    samples.provenance.youngAverage().ifPresent(warnings::add);
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

  private static void write(Configuration conf, URI uri, FidResult result) {
    try (OutputStream out = Locations.fileSystem(conf, uri).create(new Path(uri), true)) {
      out.write(result.toJson());
    } catch (IOException e) {
      throw new UserException(e, "cannot write %s: %s", uri, e.getMessage());
    }
  }
}
