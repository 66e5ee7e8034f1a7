package io.sparkddpm.spark.evaluation.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.metric.Comparison;
import io.sparkddpm.spark.evaluation.metric.Measure;
import io.sparkddpm.spark.evaluation.metric.Measures;
import io.sparkddpm.spark.evaluation.metric.Metric;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The largest difference of the means of a feature: as small as a metric can be. */
final class MeanMetric implements Metric {
  record Gap(double largest) implements Measure {
    @Override
    public void write(ObjectNode result) {
      result.putObject("mean").put("largest", largest);
    }

    @Override
    public String summary() {
      return String.format(Locale.ROOT, "means differ by %.4f", largest);
    }
  }

  @Override
  public Map<String, String> names() {
    return Map.of("mean", "largest difference of the means");
  }

  @Override
  public String subject() {
    return "the difference of means";
  }

  @Override
  public Measure measure(Comparison sets) {
    double[] first = sets.samples().moments().mean();
    double[] second = sets.reference().moments().mean();
    double largest = 0;
    for (int i = 0; i < first.length; i++) {
      largest = Math.max(largest, Math.abs(first[i] - second[i]));
    }
    return new Gap(largest);
  }

  @Override
  public Optional<Measure> read(JsonNode result) {
    JsonNode node = result.path("mean");
    return node.isObject()
        ? Optional.of(new Gap(node.path("largest").asDouble()))
        : Optional.empty();
  }

  @Override
  public boolean isIn(Measures earlier, FidConfig config) {
    return earlier.get(Gap.class).isPresent();
  }
}
