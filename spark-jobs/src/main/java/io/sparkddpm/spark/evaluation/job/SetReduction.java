package io.sparkddpm.spark.evaluation.job;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.spark.data.ClassNotes;
import io.sparkddpm.spark.evaluation.features.ExtractorSpec;
import io.sparkddpm.spark.evaluation.features.FeatureCheck;
import io.sparkddpm.spark.evaluation.features.FeatureRun;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.evaluation.metric.MeasuredSet;
import io.sparkddpm.spark.evaluation.stats.MomentsRun;
import io.sparkddpm.spark.evaluation.stats.Provenance;
import io.sparkddpm.spark.evaluation.stats.ReferenceStats;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.StatisticsFile;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Reduces sets to what metrics take: features are computed, or those that were kept are checked.
 */
final class SetReduction {
  private final SparkSession spark;
  private final Configuration conf;
  private final Progress progress;
  private final int partitions;
  private final ExtractorSpec spec;
  private final Workspace workspace;

  /** A reduced set, with what its result and warnings report of it. */
  record Reduced(
      FidResult.Side side, MeasuredSet set, Provenance provenance, List<String> warnings) {}

  SetReduction(
      SparkSession spark,
      Progress progress,
      int partitions,
      ExtractorSpec spec,
      Workspace workspace) {
    this.spark = spark;
    this.conf = spark.sparkContext().hadoopConfiguration();
    this.progress = progress;
    this.partitions = partitions;
    this.spec = spec;
    this.workspace = workspace;
  }

  /**
   * Reduces a set.
   *
   * @param compared whether its features will be read row by row, so that kept ones are checked
   */
  Reduced of(FidInputs.Input input, boolean compared) {
    return input.statistics().isPresent()
        ? ofStatistics(input, input.statistics().get(), compared)
        : ofImages(input.images().orElseThrow());
  }

  private Reduced ofStatistics(FidInputs.Input input, StatisticsFile file, boolean compared) {
    ExtractorSpec.Description extractor = spec.description();
    Artifact artifact = Artifact.open(conf, input.uri(), ArtifactKind.STATS);
    Manifest manifest = artifact.manifest();
    Optional<FeatureStore> kept = ReferenceStats.features(artifact);
    if (kept.isPresent() && compared) {
      new FeatureCheck(spark, partitions)
          .run(kept.get(), extractor.identity(), extractor.featureLayer());
    }
    return new Reduced(
        new FidResult.Side(
            input.uri(),
            ArtifactKind.STATS.code(),
            manifest.fingerprint(),
            file.statistics().count(),
            ReferenceStats.engine(manifest)),
        new MeasuredSet(
            input.uri(),
            extractor.featureLayer(),
            file.statistics(),
            List.of(),
            layer ->
                ReferenceStats.read(conf, input.uri(), layer.name())
                    .map(StatisticsFile::statistics),
            kept,
            ClassNotes.read(manifest)),
        Provenance.of(manifest),
        List.of());
  }

  private Reduced ofImages(ImageSet images) {
    ExtractorSpec.Description extractor = spec.description();
    FeatureStore features =
        new FeatureRun(spark, spec, progress, partitions)
            .of(images, workspace.lease(), workspace.place(FeatureRun.name(images, spec)));
    MomentsRun moments = new MomentsRun(spark, partitions);
    MomentsRun.Outcome main = moments.of(features, extractor.identity(), extractor.featureLayer());
    FeatureStatistics statistics = main.statistics().statistics();
    return new Reduced(
        new FidResult.Side(
            images.uri(),
            images.kind(),
            FeatureRun.fingerprint(images, features),
            statistics.count(),
            extractor.engine()),
        new MeasuredSet(
            images.uri(),
            extractor.featureLayer(),
            statistics,
            main.groups(),
            layer ->
                Optional.of(
                    moments.of(features, extractor.identity(), layer).statistics().statistics()),
            Optional.of(features),
            images.classNames()),
        images.manifest().map(Provenance::of).orElse(Provenance.NONE),
        images.warnings(features.tally()));
  }
}
