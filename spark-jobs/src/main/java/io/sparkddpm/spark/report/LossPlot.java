package io.sparkddpm.spark.report;

import io.sparkddpm.engine.TrainingMetrics;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The loss by step as a PNG: as it was, smoothed, and smoothed by quarter of t; logarithmic. */
public final class LossPlot {
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 600;
  private static final int MAX_POINTS = 2000;
  private static final Color[] QUARTERS = {
    new Color(0xD55E00), new Color(0xE69F00), new Color(0x009E73), new Color(0x56B4E9)
  };

  private LossPlot() {}

  /**
   * Draws the curves.
   *
   * @param metrics in the order of their steps; values that are no positive number are left out
   * @return a PNG; empty where there is nothing to draw
   */
  public static byte[] png(List<TrainingMetrics> metrics) {
    List<double[]> loss = curve(metrics, -1);
    if (loss.isEmpty()) {
      return new byte[0];
    }
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Training loss")
            .xAxisTitle("step")
            .yAxisTitle("mean squared error (log scale)")
            .build();
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setPlotGridLinesColor(new Color(0xE0E0E0));
    chart.getStyler().setXAxisDecimalPattern("#,###");
    for (int q = 0; q < QUARTERS.length; q++) {
      List<double[]> quarter = curve(metrics, q);
      if (!quarter.isEmpty()) {
        String name = "t in quarter " + (q + 1) + " of 4, smoothed";
        add(chart, name, smooth(quarter), QUARTERS[q], 1f);
      }
    }
    add(chart, "loss", loss, new Color(0xC8C8C8), 1f);
    add(chart, "loss, smoothed", smooth(loss), Color.BLACK, 2.2f);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      BitmapEncoder.saveBitmap(chart, png, BitmapFormat.PNG);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return png.toByteArray();
  }

  /** Points (step, loss), or of a quarter's loss where {@code quarter >= 0}. */
  private static List<double[]> curve(List<TrainingMetrics> metrics, int quarter) {
    List<double[]> points = new ArrayList<>();
    for (TrainingMetrics m : metrics) {
      double loss = quarter < 0 ? m.loss() : m.lossByQuarter().get(quarter);
      if (loss > 0 && Double.isFinite(loss)) {
        points.add(new double[] {m.step(), loss});
      }
    }
    return points;
  }

  /** Exponential mean over about a fiftieth of the curve, unbiased at its start. */
  private static List<double[]> smooth(List<double[]> points) {
    double keep = 1 - 1 / Math.max(1.0, points.size() / 50.0);
    double sum = 0;
    double weight = 0;
    List<double[]> smoothed = new ArrayList<>();
    for (double[] p : points) {
      sum = keep * sum + (1 - keep) * p[1];
      weight = keep * weight + (1 - keep);
      smoothed.add(new double[] {p[0], sum / weight});
    }
    return smoothed;
  }

  private static void add(
      XYChart chart, String name, List<double[]> points, Color color, float width) {
    int stride = (points.size() + MAX_POINTS - 1) / MAX_POINTS;
    List<Double> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    for (int i = (points.size() - 1) % stride; i < points.size(); i += stride) {
      x.add(points.get(i)[0]);
      y.add(points.get(i)[1]);
    }
    XYSeries series = chart.addSeries(name, x, y);
    series.setMarker(points.size() == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    series.setLineColor(color);
    series.setMarkerColor(color);
    series.setLineStyle(new BasicStroke(width));
  }
}
