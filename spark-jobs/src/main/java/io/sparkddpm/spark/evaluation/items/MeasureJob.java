package io.sparkddpm.spark.evaluation.items;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.spark.session.Progress;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Measures samples of another medium than images beside a dataset of the same. */
public final class MeasureJob {
  private final SparkSession session;
  private URI samples;
  private URI reference;
  private int most = Integer.MAX_VALUE;
  private Progress progress = Progress.NONE;

  /**
   * What was measured.
   *
   * @param medium name of what the samples are
   * @param items of each side that were compared, the first ones
   * @param numbers by their names, in order
   */
  public record Result(String medium, int items, Map<String, Double> numbers) {}

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

  /** A dataset, or samples in its place. */
  public MeasureJob reference(URI uri) {
    this.reference = uri;
    return this;
  }

  /** How many items of each side are compared at most; without it, as many as both have. */
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
    Items drawn = Items.read(conf, samples, most);
    Items real = Items.read(conf, reference, drawn.count());
    Medium medium = drawn.medium();
    if (!medium.equals(real.medium()) || !drawn.values().shape().equals(real.values().shape())) {
      throw new UserException(
          "%s holds %s of %s, but %s holds %s of %s",
          samples, medium, drawn.values().shape(), reference, real.medium(), real.values().shape());
    }
    if (real.count() < 2) {
      throw new UserException(
          "at least two items of %s and %s are needed, got %d", samples, reference, real.count());
    }
    ItemMetric metric =
        ItemMetric.ALL.stream()
            .filter(m -> m.measures(medium))
            .findFirst()
            .orElseThrow(
                () ->
                    new UserException(
                        "%s holds items of the medium '%s', for which there are no numbers here;"
                            + " 'fid' is for images",
                        samples, ConfigBinder.type(medium)));
    Map<String, Double> numbers =
        metric.measure(
            JavaSparkContext.fromSparkContext(session.sparkContext()),
            drawn.first(real.count()),
            real,
            progress);
    return new Result(ConfigBinder.type(medium), real.count(), new LinkedHashMap<>(numbers));
  }
}
