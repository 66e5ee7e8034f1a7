package io.sparkddpm.spark.report;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Draws a distance by something, a curve for each way of sampling. */
public final class DistancePlot {
  private DistancePlot() {}

  /**
   * A point of a curve.
   *
   * @param reach of its interval to both sides; 0 where there is none
   */
  public record Measured(double distance, double reach) {}

  /**
   * Draws the curves.
   *
   * @param metric what the distance is called
   * @param by what it is drawn by, such as the training step
   * @param curves for each name the distance by that, at least one, with its interval
   * @return a PNG; empty where there is no font
   */
  public static byte[] png(String metric, String by, Map<String, Map<Double, Measured>> curves) {
    boolean isWhole =
        curves.values().stream().flatMap(c -> c.keySet().stream()).allMatch(x -> x == Math.rint(x));
    LinePlot plot = new LinePlot(metric + " by " + by, by, metric);
    LinePlot fitting = isWhole ? plot.wholeX() : plot;
    curves.forEach((name, distances) -> fitting.curve(name, points(distances), true));
    return fitting.png();
  }

  private static List<double[]> points(Map<Double, Measured> distances) {
    return new TreeMap<>(distances)
        .entrySet().stream()
            .map(e -> new double[] {e.getKey(), e.getValue().distance(), e.getValue().reach()})
            .toList();
  }
}
