package io.sparkddpm.spark.fid;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.fid.FeatureStatistics;
import io.sparkddpm.fid.StatisticsFile;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * Computes the statistics of a set of images. Parts are merged in their order, first in groups on
 * the executors, then the groups on the driver; what is merged with what depends on the set alone,
 * so the bits do not depend on partitions, executors or retries.
 */
final class StatisticsRun {
  /** At most so many groups reach the driver, which keeps a matrix of each. */
  private static final int MOST_GROUPS = 16;

  private final SparkSession spark;
  private final ExtractorSpec spec;
  private final Progress progress;
  private final int partitions;

  /**
   * What came out.
   *
   * @param statistics of all images
   * @param fingerprint of the images
   * @param groups statistics of groups of parts, which make up the whole
   */
  record Outcome(StatisticsFile statistics, String fingerprint, List<FeatureStatistics> groups) {}

  StatisticsRun(SparkSession spark, ExtractorSpec spec, Progress progress, int partitions) {
    this.spark = spark;
    this.spec = spec;
    this.progress = progress;
    this.partitions = partitions;
  }

  Outcome of(ImageSet set) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<HadoopConf> hadoop = context.broadcast(HadoopConf.of(context.hadoopConfiguration()));
    Broadcast<ExtractorSpec> network = context.broadcast(spec);
    int slices = Math.min(partitions, set.parts().size());
    JavaRDD<PartStatistics> parts =
        context
            .parallelize(set.parts(), slices)
            .map(new PartTask(hadoop, network, spec.key()))
            .persist(StorageLevel.DISK_ONLY());
    String what =
        String.format(
            Locale.ROOT,
            "features: %d images of %s by %s, layer %s",
            set.images(),
            set.uri(),
            spec.description().name(),
            spec.description().layer());
    try {
      try (Progress.Task task = progress.start("features", set.images())) {
        StreamedResults.forEach(parts.map(PartStatistics::images), what, task::advance);
      }
      return merge(set, parts, slices);
    } finally {
      parts.unpersist();
      network.destroy();
      hadoop.destroy();
      if (spark.sparkContext().isLocal()) {
        ExtractorPool.ours().clear();
      }
    }
  }

  private Outcome merge(ImageSet set, JavaRDD<PartStatistics> parts, int slices) {
    int size = (set.parts().size() + MOST_GROUPS - 1) / MOST_GROUPS;
    JavaRDD<PartStatistics> groups =
        parts
            .mapToPair(p -> new Tuple2<>(p.index() / size, p))
            .groupByKey(slices)
            .map(new MergeGroup());
    Map<Integer, PartStatistics> merged = new TreeMap<>();
    StreamedResults.forEach(
        groups, "features: merge statistics", group -> merged.put(group.index(), group));
    PartStatistics all = mergeInOrder(new ArrayList<>(merged.values()));
    StatisticsFile statistics = StatisticsFile.fromBytes(all.statistics(), set.uri().toString());
    String fingerprint =
        set.manifest().isPresent()
            ? set.manifest().get().fingerprint()
            : Sha256.of(all.digests().getBytes(StandardCharsets.UTF_8));
    List<FeatureStatistics> shares = new ArrayList<>();
    for (PartStatistics group : merged.values()) {
      shares.add(StatisticsFile.fromBytes(group.statistics(), set.uri().toString()).statistics());
    }
    return new Outcome(statistics, fingerprint, shares);
  }

  private static PartStatistics mergeInOrder(List<PartStatistics> parts) {
    parts.sort(Comparator.comparing(PartStatistics::index));
    StatisticsFile total = null;
    StringBuilder digests = new StringBuilder();
    for (PartStatistics part : parts) {
      StatisticsFile file = StatisticsFile.fromBytes(part.statistics(), "part " + part.index());
      if (total == null) {
        int dimension = file.layer().dimension();
        FeatureStatistics none = FeatureStatistics.empty(dimension);
        total = new StatisticsFile(file.extractor(), file.layer(), none);
      }
      total = total.merge(file);
      digests.append(part.digests());
    }
    return new PartStatistics(
        parts.get(0).index(), total.statistics().count(), total.toBytes(), digests.toString());
  }

  private static final class MergeGroup
      implements Function<Tuple2<Integer, Iterable<PartStatistics>>, PartStatistics> {
    private static final long serialVersionUID = 1L;

    @Override
    public PartStatistics call(Tuple2<Integer, Iterable<PartStatistics>> group) {
      List<PartStatistics> parts = new ArrayList<>();
      group._2().forEach(parts::add);
      return mergeInOrder(parts);
    }
  }
}
