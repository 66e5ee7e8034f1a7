package io.sparkddpm.spark.evaluation.metric;

import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.statistics.KernelDistance;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/** The kernel distance over seeded random subsets, one a task. */
public final class SubsetRun {
  private final SparkSession spark;

  public SubsetRun(SparkSession spark) {
    this.spark = spark;
  }

  private record Shared(
      HadoopConf hadoop,
      FeatureStore reference,
      FeatureStore generated,
      String layer,
      int dimension,
      int size,
      long seed)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private record Estimate(int subset, double value) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** Mean and deviation over the subsets; empty where one would be all of a set. */
  public Optional<Kid.Subsets> run(
      FeatureStore reference,
      FeatureStore generated,
      String layer,
      int dimension,
      FidConfig config) {
    int size = config.kidSubsetSize();
    if (size >= Math.min(reference.images(), generated.images())) {
      return Optional.empty();
    }
    int subsets = config.kidSubsets();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<Shared> shared =
        context.broadcast(
            new Shared(
                HadoopConf.of(context.hadoopConfiguration()),
                reference,
                generated,
                layer,
                dimension,
                size,
                config.kidSeed()));
    double[] values = new double[subsets];
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < subsets; i++) {
      all.add(i);
    }
    try {
      StreamedResults.forEach(
          context.parallelize(all, subsets).map(new Measure(shared)),
          "kernel distance over subsets",
          e -> values[e.subset] = e.value);
    } finally {
      Broadcasts.destroy(shared);
    }
    double mean = 0;
    for (double value : values) {
      mean += value / subsets;
    }
    double square = 0;
    for (double value : values) {
      square += (value - mean) * (value - mean);
    }
    return Optional.of(
        new Kid.Subsets(mean, Math.sqrt(square / subsets), subsets, size, config.kidSeed()));
  }

  private static final class Measure implements Function<Integer, Estimate> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<Shared> broadcast;

    Measure(Broadcast<Shared> broadcast) {
      this.broadcast = broadcast;
    }

    @Override
    public Estimate call(Integer subset) {
      Shared shared = broadcast.value();
      float[] x = draw(shared, shared.reference, subset, 0);
      float[] y = draw(shared, shared.generated, subset, 1);
      return new Estimate(subset, KernelDistance.of(x, y, shared.dimension));
    }

    private static float[] draw(Shared shared, FeatureStore store, int subset, int side) {
      Configuration conf = shared.hadoop.get();
      long[] rows = KernelDistance.subset(shared.seed, subset, side, shared.size, store.images());
      return store.rows(conf, shared.layer, rows);
    }
  }
}
