package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.FrechetDistance;
import io.sparkddpm.statistics.FrechetDistance.Gaussian;
import io.sparkddpm.statistics.JackknifeInterval;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The Fréchet distance over the configured layer (Heusel et al. 2017), with a jackknife interval.
 * Always measured.
 */
public final class FrechetMetric implements Metric {
  /**
   * The distance.
   *
   * @param name what it is called: "FID" only for the last layer of what may be the published
   *     network
   * @param terms the squared distance and what it is made of
   * @param interval how sure it is, over shards of the samples; none if they are statistics or a
   *     single shard
   */
  public record Distance(String name, FrechetDistance terms, Optional<JackknifeInterval> interval)
      implements Measure {
    @Override
    public void write(ObjectNode result) {
      result.put("metric", name);
      result.put("distance", terms.distance());
      interval.ifPresent(
          i -> {
            ObjectNode node = result.putObject("interval");
            node.put("level", 0.95);
            node.put("low", i.low());
            node.put("high", i.high());
            node.put("standard-error", i.standardError());
            node.put("left-out-shards", i.groups());
          });
    }

    @Override
    public void writeDetails(ObjectNode result) {
      ObjectNode parts = result.putObject("terms");
      parts.put("mean", terms.meanTerm());
      parts.put("trace-samples", terms.trace1());
      parts.put("trace-reference", terms.trace2());
      parts.put("trace-root", terms.traceRoot());
      parts.put("rank-samples", terms.rank1());
      parts.put("rank-reference", terms.rank2());
    }

    @Override
    public String summary() {
      return String.format(
          Locale.ROOT,
          "%s %.4f%s",
          name,
          terms.distance(),
          interval
              .map(i -> String.format(Locale.ROOT, " (95 %% %.4f to %.4f)", i.low(), i.high()))
              .orElse(""));
    }
  }

  @Override
  public Map<String, String> names() {
    return Map.of("fid", "Fréchet distance, always measured");
  }

  @Override
  public boolean isChosen(FidConfig config) {
    return true;
  }

  @Override
  public String subject() {
    return "the distance";
  }

  @Override
  public Measure measure(Comparison sets) {
    Gaussian target = sets.reference().gaussian();
    FrechetDistance terms = FrechetDistance.between(sets.samples().gaussian(), target);
    return new Distance(
        sets.layer().metric(), terms, interval(terms.distance(), sets.samples(), target));
  }

  /** Over groups of shards of the samples, each left out in turn; the reference stays. */
  private static Optional<JackknifeInterval> interval(
      double distance, MeasuredSet samples, Gaussian target) {
    List<FeatureStatistics> groups = samples.groups();
    long largest = groups.stream().mapToLong(FeatureStatistics::count).max().orElse(0);
    if (groups.size() < 2 || samples.images() - largest < 2) {
      return Optional.empty();
    }
    double[] leftOut = new double[groups.size()];
    for (int i = 0; i < leftOut.length; i++) {
      FeatureStatistics rest = samples.moments().unmerge(groups.get(i));
      leftOut[i] = FrechetDistance.between(Gaussian.of(rest), target).distance();
    }
    return Optional.of(JackknifeInterval.of(distance, leftOut));
  }

  @Override
  public Optional<Measure> read(JsonNode result) {
    JsonNode terms = result.path("terms");
    if (!result.path("distance").isNumber() || !terms.isObject()) {
      return Optional.empty();
    }
    return Optional.of(
        new Distance(
            result.path("metric").asText(),
            new FrechetDistance(
                result.path("distance").asDouble(),
                terms.path("mean").asDouble(),
                terms.path("trace-samples").asDouble(),
                terms.path("trace-reference").asDouble(),
                terms.path("trace-root").asDouble(),
                terms.path("rank-samples").asInt(),
                terms.path("rank-reference").asInt()),
            interval(result.path("interval"))));
  }

  private static Optional<JackknifeInterval> interval(JsonNode node) {
    if (!node.isObject()) {
      return Optional.empty();
    }
    return Optional.of(
        new JackknifeInterval(
            node.path("low").asDouble(),
            node.path("high").asDouble(),
            node.path("standard-error").asDouble(),
            node.path("left-out-shards").asInt()));
  }

  @Override
  public boolean isIn(Measures earlier, FidConfig config) {
    return earlier.get(Distance.class).isPresent();
  }
}
