package io.sparkddpm.spark.report;

import java.util.List;
import java.util.Map;

/** Draws named points of two numbers. */
public final class PointsPlot {
  private PointsPlot() {}

  /**
   * Draws the points; an axis on which they are a decade or more apart is logarithmic.
   *
   * @param points (x, y) by name, at least one
   * @return a PNG; empty where there is no font
   */
  public static byte[] png(
      String title, String xTitle, String yTitle, Map<String, double[]> points) {
    LinePlot plot = new LinePlot(title, xTitle, yTitle).legendOutside();
    points.forEach((name, point) -> plot.curve(name, List.of(point), true));
    return plot.logarithmicWhereDecadesApart().png();
  }
}
