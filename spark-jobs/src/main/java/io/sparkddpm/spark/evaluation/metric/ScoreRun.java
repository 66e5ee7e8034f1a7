package io.sparkddpm.spark.evaluation.metric;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.features.FeatureShard;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.statistics.InceptionScore;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/** The Inception Score of stored logits; only sums over each shard reach the driver. */
public final class ScoreRun {
  private final SparkSession spark;
  private final int partitions;

  public ScoreRun(SparkSession spark, int partitions) {
    this.spark = spark;
    this.partitions = partitions;
  }

  /** A shard and the index of its first image in the whole set. */
  private record Work(FeatureShard shard, long first) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private record Partial(int index, InceptionScore.Sums sums) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * The score.
   *
   * @throws UserException if there are fewer images than splits
   */
  public InceptionScore of(FeatureStore store, String layer, int classes, int splits) {
    if (store.images() < splits) {
      throw new UserException(
          "%d images cannot be split into %d parts for the Inception Score (fid.score-splits)",
          store.images(), splits);
    }
    List<Work> work = new ArrayList<>();
    long first = 0;
    for (FeatureShard shard : store.shards()) {
      work.add(new Work(shard, first));
      first += shard.images();
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<HadoopConf> hadoop = context.broadcast(HadoopConf.of(context.hadoopConfiguration()));
    FeatureStore place = new FeatureStore(store.dir(), List.of());
    Map<Integer, InceptionScore.Sums> done = new TreeMap<>();
    try {
      StreamedResults.forEach(
          context
              .parallelize(work, Math.max(1, Math.min(partitions, work.size())))
              .map(new Sum(hadoop, place, layer, classes, splits, store.images())),
          "Inception Score",
          p -> done.put(p.index, p.sums));
    } finally {
      Broadcasts.destroy(hadoop);
    }
    InceptionScore.Sums total = new InceptionScore.Sums(classes, store.images(), splits);
    done.values().forEach(total::merge);
    return total.score();
  }

  private static final class Sum implements Function<Work, Partial> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<HadoopConf> hadoop;
    private final FeatureStore place;
    private final String layer;
    private final int classes;
    private final int splits;
    private final long images;

    Sum(
        Broadcast<HadoopConf> hadoop,
        FeatureStore place,
        String layer,
        int classes,
        int splits,
        long images) {
      this.hadoop = hadoop;
      this.place = place;
      this.layer = layer;
      this.classes = classes;
      this.splits = splits;
      this.images = images;
    }

    @Override
    public Partial call(Work work) {
      InceptionScore.Sums sums = new InceptionScore.Sums(classes, images, splits);
      double[] logits = new double[classes];
      long[] next = {work.first};
      place.scan(
          hadoop.value().get(),
          work.shard,
          layer,
          (values, count) -> {
            for (int i = 0; i < count; i++) {
              for (int c = 0; c < classes; c++) {
                logits[c] = values[i * classes + c];
              }
              sums.add(next[0]++, logits, 0);
            }
          });
      return new Partial(work.shard.index(), sums);
    }
  }
}
