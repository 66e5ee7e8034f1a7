package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.FeatureShard;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.InceptionScore;
import io.sparkddpm.statistics.inception.InceptionLayer;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/**
 * The Inception Score of the samples (Salimans et al. 2016); only sums over each shard reach the
 * driver.
 */
public final class InceptionScoreMetric implements Metric {
  private static final String KEY = "inception-score";

  /**
   * The score.
   *
   * @param score its mean and deviation over parts of the samples
   */
  public record Score(InceptionScore score) implements Measure {
    @Override
    public void write(ObjectNode result) {
      result.putObject(KEY).put("mean", score.mean()).put("deviation", score.deviation());
    }

    @Override
    public String summary() {
      return String.format(Locale.ROOT, "IS %.4f ± %.4f", score.mean(), score.deviation());
    }
  }

  /** A shard and the index of its first image in the whole set. */
  private record Work(FeatureShard shard, long first) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private record Partial(int index, InceptionScore.Sums sums) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  @Override
  public Map<String, String> names() {
    return Map.of("is", "Inception Score");
  }

  @Override
  public List<InceptionLayer> layers() {
    return List.of(InceptionLayer.LOGITS_WITHOUT_BIAS);
  }

  @Override
  public String subject() {
    return "the Inception Score";
  }

  @Override
  public Measure measure(Comparison sets) {
    return sets.samples().once(Score.class, () -> new Score(score(sets)));
  }

  private InceptionScore score(Comparison sets) {
    FeatureStore store = sets.samples().features(this);
    FeatureLayer logits = sets.layer(InceptionLayer.LOGITS_WITHOUT_BIAS);
    int classes = logits.dimension();
    int splits = sets.config().scoreSplits();
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
    JavaSparkContext context = JavaSparkContext.fromSparkContext(sets.spark().sparkContext());
    Broadcast<HadoopConf> hadoop = context.broadcast(HadoopConf.of(context.hadoopConfiguration()));
    FeatureStore place = new FeatureStore(store.dir(), List.of());
    Map<Integer, InceptionScore.Sums> done = new TreeMap<>();
    try {
      StreamedResults.forEach(
          context
              .parallelize(work, Math.max(1, Math.min(sets.partitions(), work.size())))
              .map(new Sum(hadoop, place, logits.name(), classes, splits, store.images())),
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

  @Override
  public Optional<Measure> read(JsonNode result) {
    JsonNode node = result.path(KEY);
    return node.isObject()
        ? Optional.of(
            new Score(
                new InceptionScore(
                    node.path("mean").asDouble(), node.path("deviation").asDouble())))
        : Optional.empty();
  }

  @Override
  public boolean isIn(Measures earlier, FidConfig config) {
    return earlier.get(Score.class).isPresent();
  }
}
