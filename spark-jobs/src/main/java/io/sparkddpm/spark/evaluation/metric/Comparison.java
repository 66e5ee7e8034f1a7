package io.sparkddpm.spark.evaluation.metric;

import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.ExtractorSpec;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.inception.InceptionLayer;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Two sets, and what metrics need to compare them. For one thread. */
public final class Comparison {
  private final SparkSession spark;
  private final Progress progress;
  private final int partitions;
  private final FidConfig config;
  private final ExtractorSpec.Description extractor;
  private final List<Metric> metrics;
  private final MeasuredSet samples;
  private final MeasuredSet reference;
  private final List<String> warnings = new ArrayList<>();
  private PairwiseComparison.Result pairs;

  /**
   * @param partitions at most so many tasks
   * @param metrics that are to be measured
   */
  public Comparison(
      SparkSession spark,
      Progress progress,
      int partitions,
      FidConfig config,
      ExtractorSpec.Description extractor,
      List<Metric> metrics,
      MeasuredSet samples,
      MeasuredSet reference) {
    this.spark = spark;
    this.progress = progress;
    this.partitions = partitions;
    this.config = config;
    this.extractor = extractor;
    this.metrics = List.copyOf(metrics);
    this.samples = samples;
    this.reference = reference;
  }

  /** Takes all measures. */
  public Measures measure() {
    List<Measure> measures = new ArrayList<>();
    metrics.forEach(m -> measures.add(m.measure(this)));
    return new Measures(measures);
  }

  /** The session to run on. */
  public SparkSession spark() {
    return spark;
  }

  /** At most so many tasks of whole shards. */
  public int partitions() {
    return partitions;
  }

  /** How to measure. */
  public FidConfig config() {
    return config;
  }

  /** The configured layer. */
  public FeatureLayer layer() {
    return extractor.featureLayer();
  }

  /** One of the layers that a chosen metric takes. */
  public FeatureLayer layer(InceptionLayer layer) {
    return extractor.find(layer.layerName()).orElseThrow();
  }

  /** The set that is measured. */
  public MeasuredSet samples() {
    return samples;
  }

  /** The set that it is measured against. */
  public MeasuredSet reference() {
    return reference;
  }

  /** Adds a warning for the user to the result. */
  public void warn(String warning) {
    warnings.add(warning);
  }

  /** Warnings so far. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /**
   * All pairs of vectors, compared once for all metrics.
   *
   * @param metric that needs them
   * @throws io.sparkddpm.error.UserException if a set has no features or is too small
   */
  public PairwiseComparison.Result pairs(Metric metric) {
    if (pairs == null) {
      pairs =
          new PairwiseComparison(
                  spark,
                  progress,
                  reference.features(metric),
                  samples.features(metric),
                  layer().name(),
                  config)
              .run(
                  metrics.stream().flatMap(m -> m.kernels().stream()).distinct().toList(),
                  metrics.stream().anyMatch(Metric::needsNeighbours));
    }
    return pairs;
  }
}
