package io.sparkddpm.spark.evaluation.job;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.ExtractorSpec;
import io.sparkddpm.spark.evaluation.input.ImageSets;
import io.sparkddpm.spark.evaluation.metric.Metrics;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.PlainFile;
import io.sparkddpm.statistics.inception.InceptionEngine;
import io.sparkddpm.statistics.inception.OneDnnInception;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Measures the Fréchet distance, and the other metrics that are asked for, between samples and
 * references. Features are computed once, kept in files, and reduced and compared on the executors;
 * only sums reach the driver. The result does not depend on partitions, executors or restarts.
 */
public final class FidJob {
  private final SparkSession spark;
  private URI samples;
  private Optional<DrawnSamples> drawn = Optional.empty();
  private List<URI> references = List.of();
  private Optional<URI> output = Optional.empty();
  private Optional<URI> inception = Optional.empty();
  private FidConfig config = FidConfig.DEFAULTS;
  private Metrics metrics = Metrics.KNOWN;
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

  /**
   * The set to measure: samples, a dataset, a folder, .zip or .npz of images, statistics, or a
   * table as {@link ImageSets#parse} has it.
   */
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

  /** The set to measure against: statistics, or images as for {@link #samples}. */
  public FidJob reference(URI uri) {
    return references(List.of(uri));
  }

  /** Several references, each of which the samples are measured against. */
  public FidJob references(List<URI> uris) {
    this.references = List.copyOf(uris);
    return this;
  }

  /**
   * Directory for features while the job runs, reached by all executors; without it one next to the
   * output. A killed job resumes from what lies there; a finished one deletes it.
   */
  public FidJob work(URI directory) {
    this.work = Optional.of(directory);
    return this;
  }

  /** A file for the result as JSON; an existing one is replaced. */
  public FidJob output(URI file) {
    this.output = Optional.of(file);
    return this;
  }

  /** The network's TensorFlow graph; without it the random network is used. */
  public FidJob inception(URI graph) {
    this.inception = Optional.of(graph);
    return this;
  }

  /** Whether to take the result at the output, if it is of the same sets, network and metrics. */
  public FidJob reuse(boolean value) {
    this.reuse = value;
    return this;
  }

  /** What computes the network. */
  public FidJob engine(InceptionEngine value) {
    this.engine = value;
    return this;
  }

  /** How features are taken, and what is measured. */
  public FidJob config(FidConfig value) {
    this.config = value;
    return this;
  }

  /** The metrics to choose from; those of this program without it. */
  public FidJob metrics(Metrics value) {
    this.metrics = value;
    return this;
  }

  /** Receives the progress of the job. */
  public FidJob progress(Progress value) {
    this.progress = value;
    return this;
  }

  /** At most so many tasks; without it, one for each shard. Changes nothing but the speed. */
  public FidJob partitions(int most) {
    this.partitions = most;
    return this;
  }

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
    Optional<URI> file = output.map(uri -> Locations.qualify(conf, uri));
    ExtractorSpec spec =
        ExtractorSpec.of(conf, network, config, metrics.layers(config, network), engine);
    EarlierResults earlier = new EarlierResults(conf, config, metrics, spec.description());
    Optional<List<FidResult>> before = earlier(earlier, file);
    if (before.isPresent()) {
      return before.get();
    }
    try (ImageSets sets =
        new ImageSets(spark, progress, () -> Workspace.besides(spark, work, output))) {
      FidInputs inputs = new FidInputs(conf, config, metrics, spec.description(), sets::open);
      FidInputs.Input measured =
          drawn.isPresent() ? inputs.drawn(drawn.get()) : inputs.open(samples, "samples");
      List<FidInputs.Input> against = new ArrayList<>();
      references.forEach(reference -> against.add(inputs.open(reference, "reference")));
      return measure(spec, earlier, file, measured, against);
    }
  }

  private List<FidResult> measure(
      ExtractorSpec spec,
      EarlierResults earlier,
      Optional<URI> file,
      FidInputs.Input measured,
      List<FidInputs.Input> against) {
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    Workspace workspace = Workspace.of(spark, work, output);
    try {
      Optional<List<FidResult>> meanwhile = earlier(earlier, file); // made while we waited
      if (meanwhile.isPresent()) {
        workspace.delete();
        return meanwhile.get();
      }
      SetReduction reduction = new SetReduction(spark, progress, partitions, spec, workspace);
      boolean compared = metrics.needFeatures(config);
      FidMeasurement measurement =
          new FidMeasurement(spark, progress, partitions, config, metrics, spec.description());
      List<FidResult> results =
          measurement.run(input -> reduction.of(input, compared), measured, against, file);
      workspace.check();
      file.ifPresent(uri -> PlainFile.write(conf, uri, FidResultJson.write(results)));
      workspace.delete();
      return results;
    } catch (RuntimeException e) {
      workspace.abandon();
      throw e;
    }
  }

  private Optional<List<FidResult>> earlier(EarlierResults earlier, Optional<URI> file) {
    return file.filter(uri -> reuse).flatMap(uri -> earlier.find(uri, samples, drawn, references));
  }
}
