package io.sparkddpm.spark.report;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Draws a distance by training step, a curve for each way of sampling. */
public final class DistancePlot {
  private DistancePlot() {}

  /**
   * Draws the curves.
   *
   * @param metric what the distance is called
   * @param curves for each name the distance by step, at least one
   * @return a PNG
   */
  public static byte[] png(String metric, Map<String, Map<Long, Double>> curves) {
    LinePlot plot = new LinePlot(metric + " by training step", "step", metric).wholeX();
    curves.forEach((name, distances) -> plot.curve(name, points(distances), true));
    return plot.png();
  }

  private static List<double[]> points(Map<Long, Double> distances) {
    return new TreeMap<>(distances)
        .entrySet().stream().map(e -> new double[] {e.getKey(), e.getValue()}).toList();
  }
}
