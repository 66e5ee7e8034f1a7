package io.sparkddpm.spark.fid;

import io.sparkddpm.fid.FeatureFile;
import io.sparkddpm.fid.FeatureStatistics;
import io.sparkddpm.fid.FrechetDistance;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * The Fréchet distance of each class by itself. A task reduces one class of both sets and sends
 * back the distance alone.
 */
final class ClassRun {
  private final SparkSession spark;

  ClassRun(SparkSession spark) {
    this.spark = spark;
  }

  private record Shared(
      HadoopConf hadoop, FeatureStore samples, FeatureStore reference, String layer, int dimension)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private record ShardLabels(int[] labels) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** Distances of the classes that both sets have at least two images of. */
  SortedMap<Integer, ClassDistance> run(
      FeatureStore samples, FeatureStore reference, String layer, int dimension) {
    TreeSet<Integer> both = classes(samples);
    both.retainAll(classes(reference));
    SortedMap<Integer, ClassDistance> result = new TreeMap<>();
    if (both.isEmpty()) {
      return result;
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<Shared> shared =
        context.broadcast(
            new Shared(
                HadoopConf.of(context.hadoopConfiguration()),
                samples,
                reference,
                layer,
                dimension));
    try {
      StreamedResults.forEach(
          context.parallelize(new ArrayList<>(both), both.size()).map(new Measure(shared)),
          "distances of classes",
          d -> {
            if (Double.isFinite(d.distance())) {
              result.put(d.label(), d);
            }
          });
    } finally {
      shared.destroy();
    }
    return result;
  }

  private TreeSet<Integer> classes(FeatureStore store) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    HadoopConf hadoop = HadoopConf.of(context.hadoopConfiguration());
    FeatureStore place = new FeatureStore(store.dir(), List.of());
    TreeSet<Integer> found = new TreeSet<>();
    StreamedResults.forEach(
        context
            .parallelize(store.shards(), Math.min(store.shards().size(), 1000))
            .map(new Labels(hadoop, place)),
        "classes",
        s -> Arrays.stream(s.labels).forEach(found::add));
    found.remove(FeatureFile.NO_LABEL);
    return found;
  }

  /** The classes of a shard, each once. */
  private static final class Labels implements Function<FeatureShard, ShardLabels> {
    private static final long serialVersionUID = 1L;

    private final HadoopConf hadoop;
    private final FeatureStore place;

    Labels(HadoopConf hadoop, FeatureStore place) {
      this.hadoop = hadoop;
      this.place = place;
    }

    @Override
    public ShardLabels call(FeatureShard shard) {
      return new ShardLabels(Arrays.stream(place.labels(hadoop.get(), shard)).distinct().toArray());
    }
  }

  private static final class Measure implements Function<Integer, ClassDistance> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<Shared> broadcast;

    Measure(Broadcast<Shared> broadcast) {
      this.broadcast = broadcast;
    }

    @Override
    public ClassDistance call(Integer label) {
      Shared shared = broadcast.value();
      FeatureStatistics first = statistics(shared, shared.samples, label);
      FeatureStatistics second = statistics(shared, shared.reference, label);
      double distance =
          first.count() < 2 || second.count() < 2
              ? Double.NaN
              : FrechetDistance.between(first, second).distance();
      return new ClassDistance(label, first.count(), second.count(), distance);
    }

    private static FeatureStatistics statistics(Shared shared, FeatureStore store, int label) {
      Configuration conf = shared.hadoop.get();
      FeatureStatistics.Accumulator sums = new FeatureStatistics.Accumulator(shared.dimension);
      for (FeatureShard shard : store.shards()) {
        int[] labels = store.labels(conf, shard);
        if (Arrays.stream(labels).noneMatch(l -> l == label)) {
          continue;
        }
        int[] row = new int[1];
        store.scan(
            conf,
            shard,
            shared.layer,
            (values, count) -> {
              for (int i = 0; i < count; i++) {
                if (labels[row[0]++] == label) {
                  sums.add(values, i, 1);
                }
              }
            });
      }
      return sums.finish();
    }
  }
}
