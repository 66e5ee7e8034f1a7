package io.sparkddpm.spark.evaluation.items;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.session.Progress;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Measures samples of another medium than images beside a dataset of the same. */
public final class MeasureJob {
  private final SparkSession session;
  private URI samples;
  private Optional<DrawnSamples> drawn = Optional.empty();
  private URI reference;
  private int most = Integer.MAX_VALUE;
  private Progress progress = Progress.NONE;

  /**
   * What was measured.
   *
   * @param medium name of what the samples are
   * @param distance name of the number that is smaller the better the samples are
   * @param numbers by their names, in order
   */
  public record Result(
      String medium, Side samples, Side reference, String distance, Map<String, Double> numbers) {}

  /**
   * Samples or their reference.
   *
   * @param measured items that were compared: all, or some at random
   * @param inAll items that there are
   */
  public record Side(int measured, long inAll) {}

  private MeasureJob(SparkSession session) {
    this.session = session;
  }

  /** A job on a session. */
  public static MeasureJob on(SparkSession session) {
    return new MeasureJob(session);
  }

  /** Samples, or a dataset in their place. */
  public MeasureJob samples(URI uri) {
    this.samples = uri;
    return this;
  }

  /** Samples that are drawn as they are measured and stored nowhere, in place of stored ones. */
  public MeasureJob samples(DrawnSamples drawnSamples) {
    this.drawn = Optional.of(drawnSamples);
    this.samples = drawnSamples.checkpoint();
    return this;
  }

  /** A dataset, or samples in its place. */
  public MeasureJob reference(URI uri) {
    this.reference = uri;
    return this;
  }

  /** How many items of each side are compared at most; without it, as many as the metric takes. */
  public MeasureJob count(int items) {
    this.most = items;
    return this;
  }

  /** Receives the progress of the job. */
  public MeasureJob progress(Progress value) {
    this.progress = value;
    return this;
  }

  /**
   * Measures.
   *
   * @throws UserException if a side cannot be read, both are different things, or nothing measures
   *     what they are
   */
  public Result run() {
    checkState(samples != null && reference != null, "samples and reference are needed");
    Configuration conf = session.sparkContext().hadoopConfiguration();
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    Items.Source from =
        drawn
            .<Items.Source>map(some -> new UnstoredItems(spark, some, progress))
            .orElseGet(() -> Items.open(conf, samples));
    Items.Source against = Items.open(conf, reference);
    Medium medium = from.medium();
    ItemMetric metric = metric(medium);
    if (!medium.equals(against.medium())) {
      throw new UserException(
          "%s holds %s, but %s holds %s", samples, medium, reference, against.medium());
    }
    long fewer = Math.min(from.count(), against.count());
    if (Math.min(fewer, most) < 2) {
      throw new UserException(
          "at least two items of %s and %s are needed, got %d",
          samples, reference, Math.min(fewer, most));
    }
    long limit = metric.takesEqualSides() ? Math.min(fewer, most) : most;
    Items found = from.choose((int) Math.min(from.count(), limit));
    Items real = against.choose((int) Math.min(against.count(), limit));
    if (!found.values().shape().equals(real.values().shape())) {
      throw new UserException(
          "%s holds %s of %s, but %s of %s",
          samples, medium.plural(), found.values().shape(), reference, real.values().shape());
    }
    Map<String, Double> numbers = metric.measure(spark, found, real, progress);
    return new Result(
        ConfigBinder.type(medium),
        new Side(found.count(), from.count()),
        new Side(real.count(), against.count()),
        metric.distance(),
        new LinkedHashMap<>(numbers));
  }

  private ItemMetric metric(Medium medium) {
    return ItemMetric.ALL.stream()
        .filter(m -> m.measures(medium))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "%s holds %s, for which there are no numbers here; 'fid' is for images",
                    samples, medium.plural()));
  }
}
