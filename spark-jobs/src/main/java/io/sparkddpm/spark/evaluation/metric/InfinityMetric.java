package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.error.UserException;
import io.sparkddpm.random.KeyedPermutation;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.FeatureShard;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.FrechetDistance;
import io.sparkddpm.statistics.FrechetDistance.Gaussian;
import io.sparkddpm.statistics.LinearFit;
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
 * The Fréchet distance that infinitely many samples would have (Chong and Forsyth 2020): distances
 * of random subsets of growing size N, extrapolated by a line in 1/N. The reference stays whole.
 */
public final class InfinityMetric implements Metric {
  private static final String KEY = "fid-infinity";

  /**
   * The distance.
   *
   * @param name what it is called: "FID∞" for the published network
   * @param distance at 1/N = 0
   * @param slope by which the distance grows with 1/N
   * @param points subsets
   * @param least images of the smallest one
   * @param seed which subsets
   */
  public record Extrapolated(
      String name, double distance, double slope, int points, int least, long seed)
      implements Measure {
    @Override
    public void write(ObjectNode result) {
      result
          .putObject(KEY)
          .put("name", name)
          .put("distance", distance)
          .put("slope", slope)
          .put("subsets", points)
          .put("least", least)
          .put("seed", seed);
    }

    @Override
    public String summary() {
      return String.format(Locale.ROOT, "%s %.4f (%d subsets)", name, distance, points);
    }
  }

  /** A subset: which one, and of how many images. */
  private record Subset(int index, long size) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * What all tasks share.
   *
   * @param reference decomposed here once
   */
  private record Shared(
      HadoopConf hadoop, FeatureStore samples, FeatureLayer layer, Gaussian reference, long seed)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private record Point(int index, double distance) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  @Override
  public Map<String, String> names() {
    return Map.of(KEY, "Fréchet distance, extrapolated to infinitely many samples");
  }

  @Override
  public String subject() {
    return "the extrapolated distance";
  }

  @Override
  public Measure measure(Comparison sets) {
    FeatureStore samples = sets.samples().features(this);
    FidConfig config = sets.config();
    List<Subset> subsets = subsets(samples.images(), config);
    JavaSparkContext context = JavaSparkContext.fromSparkContext(sets.spark().sparkContext());
    Broadcast<Shared> shared =
        context.broadcast(
            new Shared(
                HadoopConf.of(context.hadoopConfiguration()),
                samples,
                sets.layer(),
                sets.reference().gaussian(),
                config.seed()));
    double[] distances = new double[subsets.size()];
    try {
      StreamedResults.forEach(
          context.parallelize(subsets, subsets.size()).map(new Measuring(shared)),
          "distances of " + subsets.size() + " subsets",
          point -> distances[point.index] = point.distance);
    } finally {
      Broadcasts.destroy(shared);
    }
    double[] inverse = subsets.stream().mapToDouble(s -> 1.0 / s.size()).toArray();
    LinearFit line = LinearFit.of(inverse, distances);
    return new Extrapolated(
        sets.layer().metric() + "∞",
        line.intercept(),
        line.slope(),
        config.infinitySubsets(),
        config.infinityLeast(),
        config.seed());
  }

  /** Of sizes at equal steps up to all images. */
  private static List<Subset> subsets(long images, FidConfig config) {
    int least = config.infinityLeast();
    int count = config.infinitySubsets();
    if (images < least + (long) count) {
      throw new UserException(
          "%d samples are too few to extrapolate from %d subsets of at least %d"
              + " (fid.infinity-subsets, fid.infinity-least)",
          images, count, least);
    }
    List<Subset> subsets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      subsets.add(new Subset(i, least + Math.round((images - least) * (double) i / (count - 1))));
    }
    return subsets;
  }

  private static final class Measuring implements Function<Subset, Point> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<Shared> broadcast;

    Measuring(Broadcast<Shared> broadcast) {
      this.broadcast = broadcast;
    }

    @Override
    public Point call(Subset subset) {
      Shared shared = broadcast.value();
      Gaussian samples = Gaussian.of(moments(shared, subset));
      return new Point(
          subset.index, FrechetDistance.between(samples, shared.reference()).distance());
    }

    /** Of the images that a keyed permutation puts first. */
    private static FeatureStatistics moments(Shared shared, Subset subset) {
      Configuration conf = shared.hadoop.get();
      RandomStream key = RandomStream.of(shared.seed, Purpose.FID_INFINITY, subset.index);
      KeyedPermutation order = new KeyedPermutation(shared.samples.images(), key.nextLong());
      FeatureStatistics.Accumulator sums =
          new FeatureStatistics.Accumulator(shared.layer.dimension());
      long[] row = new long[1];
      for (FeatureShard shard : shared.samples.shards()) {
        shared.samples.scan(
            conf,
            shard,
            shared.layer.name(),
            (values, count) -> {
              for (int i = 0; i < count; i++) {
                if (order.apply(row[0]++) < subset.size) {
                  sums.add(values, i, 1);
                }
              }
            });
      }
      return sums.finish();
    }
  }

  @Override
  public Optional<Measure> read(JsonNode result) {
    JsonNode node = result.path(KEY);
    return node.isObject()
        ? Optional.of(
            new Extrapolated(
                node.path("name").asText("FID∞"),
                node.path("distance").asDouble(),
                node.path("slope").asDouble(),
                node.path("subsets").asInt(),
                node.path("least").asInt(),
                node.path("seed").asLong()))
        : Optional.empty();
  }

  @Override
  public boolean isIn(Measures earlier, FidConfig config) {
    return earlier
        .get(Extrapolated.class)
        .filter(
            e ->
                e.points == config.infinitySubsets()
                    && e.least == config.infinityLeast()
                    && e.seed == config.seed())
        .isPresent();
  }
}
