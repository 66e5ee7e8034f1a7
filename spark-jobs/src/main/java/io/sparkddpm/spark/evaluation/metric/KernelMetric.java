package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.statistics.Gram;
import io.sparkddpm.statistics.KernelDistance;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/**
 * The kernel distance (Bińkowski et al. 2018) over all pairs, and over seeded random subsets, one a
 * task.
 */
public final class KernelMetric implements Metric {
  private static final String KEY = "kid";

  /**
   * The distance.
   *
   * @param full the unbiased estimate over all pairs; may be negative
   * @param subsets over random subsets; none where a set has no more vectors than a subset: every
   *     subset would be all of it, and a deviation would say nothing
   */
  public record Kid(double full, Optional<Subsets> subsets) implements Measure {
    @Override
    public void write(ObjectNode result) {
      ObjectNode node = result.putObject(KEY);
      node.put("full", full);
      subsets.ifPresent(
          s -> {
            node.put("mean", s.mean);
            node.put("deviation", s.deviation);
            node.put("subsets", s.count);
            node.put("subset-size", s.size);
            node.put("seed", s.seed);
          });
    }

    @Override
    public String summary() {
      String some =
          subsets
              .map(
                  s ->
                      String.format(
                          Locale.ROOT,
                          " (%d subsets of %d: %.6g ± %.2g)",
                          s.count,
                          s.size,
                          s.mean,
                          s.deviation))
              .orElse("");
      return String.format(Locale.ROOT, "KID %.6g%s", full, some);
    }
  }

  /**
   * Over random subsets.
   *
   * @param mean of their estimates
   * @param deviation population standard deviation of them
   * @param count how many
   * @param size vectors of each set in a subset
   * @param seed which subsets
   */
  public record Subsets(double mean, double deviation, int count, int size, long seed) {}

  /** The cubic kernel. */
  private record Cubic() implements PairKernel {
    private static final long serialVersionUID = 1L;

    @Override
    public double sum(Gram block, int dimension, boolean diagonal) {
      return KernelDistance.sum(block, dimension, diagonal);
    }
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

  @Override
  public Map<String, String> names() {
    return Map.of("kid", "kernel distance");
  }

  @Override
  public List<PairKernel> kernels() {
    return List.of(new Cubic());
  }

  @Override
  public String subject() {
    return "comparing pairs";
  }

  @Override
  public Measure measure(Comparison sets) {
    return new Kid(sets.pairs(this).distance(new Cubic()), subsets(sets));
  }

  /** Mean and deviation over the subsets; empty where one would be all of a set. */
  private Optional<Subsets> subsets(Comparison sets) {
    FeatureStore reference = sets.reference().features(this);
    FeatureStore generated = sets.samples().features(this);
    FidConfig config = sets.config();
    int size = config.kidSubsetSize();
    if (size >= Math.min(reference.images(), generated.images())) {
      return Optional.empty();
    }
    int subsets = config.kidSubsets();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(sets.spark().sparkContext());
    Broadcast<Shared> shared =
        context.broadcast(
            new Shared(
                HadoopConf.of(context.hadoopConfiguration()),
                reference,
                generated,
                sets.layer().name(),
                sets.layer().dimension(),
                size,
                config.kidSeed()));
    double[] values = new double[subsets];
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < subsets; i++) {
      all.add(i);
    }
    try {
      StreamedResults.forEach(
          context.parallelize(all, subsets).map(new Subset(shared)),
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
        new Subsets(mean, Math.sqrt(square / subsets), subsets, size, config.kidSeed()));
  }

  private static final class Subset implements Function<Integer, Estimate> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<Shared> broadcast;

    Subset(Broadcast<Shared> broadcast) {
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

  @Override
  public Optional<Measure> read(JsonNode result) {
    JsonNode node = result.path(KEY);
    if (!node.isObject()) {
      return Optional.empty();
    }
    Optional<Subsets> subsets =
        node.has("subsets")
            ? Optional.of(
                new Subsets(
                    node.path("mean").asDouble(),
                    node.path("deviation").asDouble(),
                    node.path("subsets").asInt(),
                    node.path("subset-size").asInt(),
                    node.path("seed").asLong()))
            : Optional.empty();
    return Optional.of(new Kid(node.path("full").asDouble(), subsets));
  }

  @Override
  public boolean isIn(Measures earlier, FidConfig config) {
    return earlier
        .get(Kid.class)
        .filter(kid -> kid.subsets.map(s -> areOf(s, config)).orElse(true))
        .isPresent();
  }

  private static boolean areOf(Subsets subsets, FidConfig config) {
    return subsets.count == config.kidSubsets()
        && subsets.size == config.kidSubsetSize()
        && subsets.seed == config.kidSeed();
  }
}
