package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.FeatureShard;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.MongeDistance;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/**
 * The Monge distance ({@link MongeDistance}) over the configured layer. A task takes a few
 * directions, and reads all features of both sets for them.
 */
public final class MindMetric implements Metric {
  private static final String KEY = "mind";

  /** Directions of a task, which holds the projections of all images on them. */
  private static final int BLOCK = 32;

  /**
   * The distance.
   *
   * @param distance α times the mean over directions
   * @param standardError of the mean, for the directions are a sample
   * @param directions how many
   * @param seed which ones
   */
  public record Mind(double distance, double standardError, int directions, long seed)
      implements Measure {
    @Override
    public void write(ObjectNode result) {
      result
          .putObject(KEY)
          .put("distance", distance)
          .put("standard-error", standardError)
          .put("directions", directions)
          .put("seed", seed);
    }

    @Override
    public String summary() {
      return String.format(
          Locale.ROOT, "MIND %.4f ± %.2g (%d directions)", distance, standardError, directions);
    }
  }

  private record Shared(
      HadoopConf hadoop,
      FeatureStore samples,
      FeatureStore reference,
      FeatureLayer layer,
      int directions,
      long seed)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private record Distances(int block, double[] values) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  @Override
  public Map<String, String> names() {
    return Map.of(KEY, "Monge distance");
  }

  @Override
  public boolean needsFeatures() {
    return true;
  }

  @Override
  public String subject() {
    return "the Monge distance";
  }

  @Override
  public Measure measure(Comparison sets) {
    int count = sets.config().mindDirections();
    long seed = sets.config().seed();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(sets.spark().sparkContext());
    Broadcast<Shared> shared =
        context.broadcast(
            new Shared(
                HadoopConf.of(context.hadoopConfiguration()),
                sets.samples().features(this),
                sets.reference().features(this),
                sets.layer(),
                count,
                seed));
    List<Integer> blocks = IntStream.range(0, (count + BLOCK - 1) / BLOCK).boxed().toList();
    double[] all = new double[count];
    try {
      StreamedResults.forEach(
          context.parallelize(blocks, blocks.size()).map(new Measuring(shared)),
          "Monge distance along " + count + " directions",
          d -> System.arraycopy(d.values, 0, all, d.block * BLOCK, d.values.length));
    } finally {
      Broadcasts.destroy(shared);
    }
    double scale = MongeDistance.scale(sets.layer().dimension());
    double mean = 0;
    for (double value : all) {
      mean += value / count;
    }
    double square = 0;
    for (double value : all) {
      square += (value - mean) * (value - mean);
    }
    double error = count < 2 ? 0 : Math.sqrt(square / (count - 1) / count);
    return new Mind(scale * mean, scale * error, count, seed);
  }

  private static final class Measuring implements Function<Integer, Distances> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<Shared> broadcast;

    Measuring(Broadcast<Shared> broadcast) {
      this.broadcast = broadcast;
    }

    @Override
    public Distances call(Integer block) {
      Shared shared = broadcast.value();
      Configuration conf = shared.hadoop.get();
      int first = block * BLOCK;
      int count = Math.min(BLOCK, shared.directions - first);
      double[] directions =
          MongeDistance.directions(shared.seed, first, count, shared.layer.dimension());
      double[][] samples = project(conf, shared.samples, shared.layer, directions);
      double[][] reference = project(conf, shared.reference, shared.layer, directions);
      double[] distances = new double[count];
      for (int k = 0; k < count; k++) {
        distances[k] = MongeDistance.squaredWasserstein(samples[k], reference[k]);
      }
      return new Distances(block, distances);
    }

    /** [K, N]. */
    private static double[][] project(
        Configuration conf, FeatureStore store, FeatureLayer layer, double[] directions) {
      int dimension = layer.dimension();
      int count = directions.length / dimension;
      double[][] all = new double[count][Math.toIntExact(store.images())];
      int[] done = new int[1];
      for (FeatureShard shard : store.shards()) {
        store.scan(
            conf,
            shard,
            layer.name(),
            (values, rows) -> {
              double[] some = MongeDistance.project(values, rows, directions, dimension);
              for (int k = 0; k < count; k++) {
                System.arraycopy(some, k * rows, all[k], done[0], rows);
              }
              done[0] += rows;
            });
      }
      return all;
    }
  }

  @Override
  public Optional<Measure> read(JsonNode result) {
    JsonNode node = result.path(KEY);
    return node.isObject()
        ? Optional.of(
            new Mind(
                node.path("distance").asDouble(),
                node.path("standard-error").asDouble(),
                node.path("directions").asInt(),
                node.path("seed").asLong()))
        : Optional.empty();
  }

  @Override
  public boolean isIn(Measures earlier, FidConfig config) {
    return earlier
        .get(Mind.class)
        .filter(m -> m.directions == config.mindDirections() && m.seed == config.seed())
        .isPresent();
  }
}
