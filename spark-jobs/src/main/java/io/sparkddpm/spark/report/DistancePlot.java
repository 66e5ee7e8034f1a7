package io.sparkddpm.spark.report;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Draws a distance by training step or by evaluations, a curve for each way of sampling. */
public final class DistancePlot {
  private DistancePlot() {}

  /**
   * Draws the curves by training step.
   *
   * @param metric what the distance is called
   * @param curves for each name the distance by step, at least one
   * @return a PNG
   */
  public static byte[] png(String metric, Map<String, Map<Long, Double>> curves) {
    return png(metric, "training step", curves);
  }

  /**
   * Draws the curves.
   *
   * @param metric what the distance is called
   * @param by what it is drawn by
   * @param curves for each name the distance by that, at least one
   * @return a PNG
   */
  public static byte[] png(String metric, String by, Map<String, Map<Long, Double>> curves) {
    LinePlot plot = new LinePlot(metric + " by " + by, by, metric).wholeX();
    curves.forEach((name, distances) -> plot.curve(name, points(distances), true));
    return plot.png();
  }

  private static List<double[]> points(Map<Long, Double> distances) {
    return new TreeMap<>(distances)
        .entrySet().stream().map(e -> new double[] {e.getKey(), e.getValue()}).toList();
  }
}
