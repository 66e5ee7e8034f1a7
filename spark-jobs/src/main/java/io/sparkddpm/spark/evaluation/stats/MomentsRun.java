package io.sparkddpm.spark.evaluation.stats;

import io.sparkddpm.spark.evaluation.features.FeatureShard;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.statistics.ExtractorIdentity;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.StatisticsFile;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * Reduces stored features to statistics. Shards are taken in their order, in groups on the
 * executors, then the groups are merged on the driver; what is merged with what depends on the set
 * alone, so the bits do not depend on partitions, executors or restarts.
 */
public final class MomentsRun {
  /** At most so many groups reach the driver, which keeps a matrix of each. */
  private static final int MOST_GROUPS = 16;

  private final SparkSession spark;
  private final int partitions;

  /**
   * The reduced statistics.
   *
   * @param statistics of all images
   * @param groups statistics of groups of shards, which make up the whole
   */
  public record Outcome(StatisticsFile statistics, List<FeatureStatistics> groups) {}

  /** Shards that one task reduces. */
  private record Group(int index, List<FeatureShard> shards) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private record Reduced(int index, byte[] statistics) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  public MomentsRun(SparkSession spark, int partitions) {
    this.spark = spark;
    this.partitions = partitions;
  }

  public Outcome of(FeatureStore store, ExtractorIdentity extractor, FeatureLayer layer) {
    List<FeatureShard> shards = store.shards();
    int size = (shards.size() + MOST_GROUPS - 1) / MOST_GROUPS;
    List<Group> groups = new ArrayList<>();
    for (int from = 0; from < shards.size(); from += size) {
      int to = Math.min(shards.size(), from + size);
      groups.add(new Group(groups.size(), new ArrayList<>(shards.subList(from, to))));
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<HadoopConf> hadoop = context.broadcast(HadoopConf.of(context.hadoopConfiguration()));
    Map<Integer, FeatureStatistics> reduced = new TreeMap<>();
    try {
      StreamedResults.forEach(
          context
              .parallelize(groups, Math.max(1, Math.min(partitions, groups.size())))
              .map(new Reduce(hadoop, new FeatureStore(store.dir(), List.of()), extractor, layer)),
          "statistics of layer " + layer.name(),
          r ->
              reduced.put(
                  r.index,
                  StatisticsFile.fromBytes(r.statistics, "group " + r.index).statistics()));
    } finally {
      Broadcasts.destroy(hadoop);
    }
    FeatureStatistics total = FeatureStatistics.empty(layer.dimension());
    for (FeatureStatistics group : reduced.values()) {
      total = total.merge(group);
    }
    return new Outcome(
        new StatisticsFile(extractor, layer, total), new ArrayList<>(reduced.values()));
  }

  private static final class Reduce implements Function<Group, Reduced> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<HadoopConf> hadoop;
    private final FeatureStore store;
    private final ExtractorIdentity extractor;
    private final FeatureLayer layer;

    Reduce(
        Broadcast<HadoopConf> hadoop,
        FeatureStore store,
        ExtractorIdentity extractor,
        FeatureLayer layer) {
      this.hadoop = hadoop;
      this.store = store;
      this.extractor = extractor;
      this.layer = layer;
    }

    @Override
    public Reduced call(Group group) {
      FeatureStatistics.Accumulator sums = new FeatureStatistics.Accumulator(layer.dimension());
      for (FeatureShard shard : group.shards) {
        store.scan(
            hadoop.value().get(),
            shard,
            layer.name(),
            (values, count) -> sums.add(values, 0, count));
      }
      return new Reduced(
          group.index, new StatisticsFile(extractor, layer, sums.finish()).toBytes());
    }
  }
}
