package io.sparkddpm.spark.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws a distance by training step, a curve for each way of sampling. */
public final class DistancePlot {
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 600;
  private static final Color[] COLORS = {
    new Color(0x0072B2),
    new Color(0xD55E00),
    new Color(0x009E73),
    new Color(0xCC79A7),
    new Color(0xE69F00),
    new Color(0x56B4E9),
    Color.BLACK
  };

  private DistancePlot() {}

  /**
   * Draws the curves.
   *
   * @param metric what the distance is called
   * @param curves for each name the distance by step, at least one
   * @return a PNG
   */
  public static byte[] png(String metric, Map<String, Map<Long, Double>> curves) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(metric + " by training step")
            .xAxisTitle("step")
            .yAxisTitle(metric)
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setPlotGridLinesColor(new Color(0xE0E0E0));
    chart.getStyler().setXAxisDecimalPattern("#,###");
    int next = 0;
    for (Map.Entry<String, Map<Long, Double>> curve : curves.entrySet()) {
      TreeMap<Long, Double> points = new TreeMap<>(curve.getValue());
      XYSeries series =
          chart.addSeries(
              curve.getKey(), new ArrayList<>(points.keySet()), new ArrayList<>(points.values()));
      Color color = COLORS[next++ % COLORS.length];
      series.setMarker(SeriesMarkers.CIRCLE);
      series.setMarkerColor(color);
      series.setLineColor(color);
      series.setLineStyle(new BasicStroke(2f));
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      BitmapEncoder.saveBitmap(chart, png, BitmapFormat.PNG);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return png.toByteArray();
  }
}
