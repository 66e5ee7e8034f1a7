package io.sparkddpm.spark.report;

import io.sparkddpm.engine.TrainingMetrics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A run's metrics as TensorBoard shows them. */
public final class MetricsEvents {
  private MetricsEvents() {}

  /**
   * The name of the file with the metrics up to a step. TensorBoard reads a run's files in the
   * order of their names.
   */
  public static String fileName(long step) {
    return String.format(Locale.ROOT, "events.out.tfevents.%010d.ddpm", step);
  }

  /**
   * An event file.
   *
   * @param metrics in the order of their steps
   * @param now seconds since 1970 at the last of them; the earlier ones' times follow from theirs
   */
  public static byte[] toBytes(List<TrainingMetrics> metrics, double now) {
    double time = now - metrics.stream().mapToDouble(MetricsEvents::seconds).sum();
    EventFile file = new EventFile(time);
    for (TrainingMetrics m : metrics) {
      time += seconds(m);
      file.add(time, m.step(), values(m));
    }
    return file.toBytes();
  }

  /** Wall-clock seconds that the steps of a line took; 0 where that is not known. */
  public static double seconds(TrainingMetrics m) {
    double seconds = m.examples() / m.imagesPerSecond();
    return Double.isFinite(seconds) ? seconds : 0;
  }

  /** By the names that Spark's metrics have too. */
  public static Map<String, Double> values(TrainingMetrics m) {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", m.loss());
    for (int q = 0; q < m.lossByQuarter().size(); q++) {
      values.put("loss_quarter_" + (q + 1), m.lossByQuarter().get(q));
    }
    for (int q = 0; q < m.meanErrorByQuarter().size(); q++) {
      values.put("mean_error_quarter_" + (q + 1), m.meanErrorByQuarter().get(q));
    }
    values.put("gradient_norm", m.gradientNorm());
    values.put("learning_rate", m.learningRate());
    values.put("images_per_second", m.imagesPerSecond());
    values.put("compute_seconds", m.computeSeconds());
    values.put("communication_seconds", m.communicationSeconds());
    return values;
  }
}
