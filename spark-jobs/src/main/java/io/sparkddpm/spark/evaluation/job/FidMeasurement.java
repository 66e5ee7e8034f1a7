package io.sparkddpm.spark.evaluation.job;

import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.ExtractorSpec;
import io.sparkddpm.spark.evaluation.metric.Comparison;
import io.sparkddpm.spark.evaluation.metric.Measures;
import io.sparkddpm.spark.evaluation.metric.Metrics;
import io.sparkddpm.spark.evaluation.stats.ReferenceStats;
import io.sparkddpm.spark.session.Progress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.sql.SparkSession;

/** Measures reduced sets by all chosen metrics, and adds the warnings that a reader needs. */
final class FidMeasurement {
  /** Fewer samples than this make the distance larger than it is (Heusel et al. 2017). */
  private static final long FEW = 10_000;

  private final SparkSession spark;
  private final Progress progress;
  private final int partitions;
  private final FidConfig config;
  private final Metrics metrics;
  private final ExtractorSpec.Description extractor;

  FidMeasurement(
      SparkSession spark,
      Progress progress,
      int partitions,
      FidConfig config,
      Metrics metrics,
      ExtractorSpec.Description extractor) {
    this.spark = spark;
    this.progress = progress;
    this.partitions = partitions;
    this.config = config;
    this.metrics = metrics;
    this.extractor = extractor;
  }

  /**
   * Measures samples against each reference.
   *
   * @param reduction of a set
   * @param file where the result will be written, if anywhere
   */
  List<FidResult> run(
      Function<FidInputs.Input, SetReduction.Reduced> reduction,
      FidInputs.Input samples,
      List<FidInputs.Input> references,
      Optional<URI> file) {
    long began = System.nanoTime();
    List<SetReduction.Reduced> seconds = references.stream().map(reduction).toList();
    SetReduction.Reduced first = reduction.apply(samples);
    List<FidResult> results = new ArrayList<>();
    for (SetReduction.Reduced second : seconds) {
      results.add(measure(first, second, began, file));
    }
    return results;
  }

  private FidResult measure(
      SetReduction.Reduced samples,
      SetReduction.Reduced reference,
      long began,
      Optional<URI> file) {
    Comparison comparison =
        new Comparison(
            spark,
            progress,
            partitions,
            config,
            extractor,
            metrics.chosen(config),
            samples.set(),
            reference.set());
    Measures measures = comparison.measure();
    List<String> warnings = warnings(samples, reference);
    warnings.addAll(comparison.warnings());
    return new FidResult(
        measures,
        extractor.layer(),
        extractor.dimension(),
        extractor.resize(),
        extractor.name(),
        extractor.weights(),
        samples.side(),
        reference.side(),
        samples.provenance().facts(),
        warnings,
        (System.nanoTime() - began) / 1e9,
        file);
  }

  private List<String> warnings(SetReduction.Reduced samples, SetReduction.Reduced reference) {
    List<String> warnings = new ArrayList<>();
    few(warnings, "samples", samples);
    few(warnings, "reference", reference);
    if (!extractor.file().isEmpty() && !extractor.published()) {
      warnings.add(
          extractor.file()
              + " is not the published network; results that it changes are not called FID");
    }
    samples.provenance().youngAverage().ifPresent(warnings::add);
    if (ReferenceStats.differ(samples.side().engine(), reference.side().engine())) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "features of the samples by %s, of the reference by %s: they agree but for rounding",
              samples.side().engine(),
              reference.side().engine()));
    }
    warnings.addAll(samples.warnings());
    warnings.addAll(reference.warnings());
    return warnings;
  }

  private void few(List<String> warnings, String what, SetReduction.Reduced set) {
    long count = set.side().images();
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
