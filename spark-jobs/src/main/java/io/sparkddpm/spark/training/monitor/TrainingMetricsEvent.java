package io.sparkddpm.spark.training.monitor;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.report.MetricsEvents;
import java.net.URI;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.scheduler.SparkListenerEvent;

/**
 * A line of a run's metrics as Spark's listeners receive it, and as its event log keeps it. A
 * history server without this class passes over such lines of the log, with a warning.
 *
 * @param run the run's directory
 * @param step steps taken so far
 * @param values by the names that TensorBoard and Prometheus have; without those that are not
 *     finite
 */
public record TrainingMetricsEvent(
    @JsonProperty("run") String run,
    @JsonProperty("step") long step,
    @JsonProperty("values") SortedMap<String, Double> values)
    implements SparkListenerEvent {
  static TrainingMetricsEvent of(URI run, TrainingMetrics metrics) {
    SortedMap<String, Double> values = new TreeMap<>(MetricsEvents.values(metrics));
    values.values().removeIf(v -> !Double.isFinite(v));
    return new TrainingMetricsEvent(run.toString(), metrics.step(), values);
  }
}
