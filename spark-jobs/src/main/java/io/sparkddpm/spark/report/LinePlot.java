package io.sparkddpm.spark.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Curves over a number, as a PNG. For one thread. */
final class LinePlot {
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 600;
  private static final int MAX_POINTS = 2000;
  private static final String LOG = " (log scale)";
  private static final Color[] COLORS = {
    new Color(0x0072B2),
    new Color(0xD55E00),
    new Color(0x009E73),
    new Color(0xCC79A7),
    new Color(0xE69F00),
    new Color(0x56B4E9),
    Color.BLACK
  };

  private final XYChart chart;
  private int curves;
  private final Extent xs = new Extent();
  private final Extent ys = new Extent();

  /** Of the values of an axis. */
  private static final class Extent {
    private double smallest = Double.POSITIVE_INFINITY;
    private double lowest = Double.POSITIVE_INFINITY;
    private double highest;

    /** Takes in a curve's values. */
    void add(List<Double> values) {
      smallest = Math.min(smallest, Collections.min(values));
      lowest = Math.min(lowest, Collections.max(values));
      highest = Math.max(highest, Collections.max(values));
    }

    /** Whether the curves' largest values are a decade apart, and all values above 0. */
    boolean spansDecades() {
      return smallest > 0 && highest >= 10 * lowest;
    }

    /** Whether an axis that is labelled at powers of ten alone would have less than two labels. */
    boolean isWithinTwoDecades() {
      return highest < 100 * smallest;
    }
  }

  /** Without curves. */
  LinePlot(String title, String xTitle, String yTitle) {
    chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle(yTitle)
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setPlotGridLinesColor(new Color(0xE0E0E0));
    chart.getStyler().setErrorBarsColorSeriesColor(true);
  }

  /** Values, all above 0, on a logarithmic axis. */
  LinePlot logarithmic() {
    chart.getStyler().setYAxisLogarithmic(true);
    return this;
  }

  /**
   * Makes those axes logarithmic on which the largest values of the curves so far are a decade or
   * more apart, so that one curve does not press the others to the edge.
   */
  LinePlot logarithmicWhereDecadesApart() {
    if (xs.spansDecades()) {
      chart.getStyler().setXAxisLogarithmic(true);
      chart.setXAxisTitle(chart.getXAxisTitle() + LOG);
    }
    if (ys.spansDecades()) {
      chart.getStyler().setYAxisLogarithmic(true);
      chart.setYAxisTitle(chart.getYAxisTitle() + LOG);
    }
    return this;
  }

  /** The x axis counts whole steps. */
  LinePlot wholeX() {
    chart.getStyler().setXAxisDecimalPattern("#,###");
    return this;
  }

  /** The legend at the left. */
  LinePlot legendLeft() {
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
    return this;
  }

  /** The legend beside the plot, where it hides no point. */
  LinePlot legendOutside() {
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    return this;
  }

  /**
   * Adds a curve in the next colour.
   *
   * @param points (x, y), or (x, y, reach of a bar around y) all of them; at least one; of very
   *     many only some are drawn
   * @param dots whether each point is marked
   */
  LinePlot curve(String name, List<double[]> points, boolean dots) {
    return curve(name, points, dots, COLORS[curves % COLORS.length], 2f);
  }

  /** As {@link #curve(String, List, boolean)}, in a colour and width of its own. */
  LinePlot curve(String name, List<double[]> points, boolean dots, Color color, float width) {
    int stride = (points.size() + MAX_POINTS - 1) / MAX_POINTS;
    List<Double> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    List<Double> bars = new ArrayList<>();
    for (int i = (points.size() - 1) % stride; i < points.size(); i += stride) {
      x.add(points.get(i)[0]);
      y.add(points.get(i)[1]);
      bars.add(points.get(i).length > 2 ? points.get(i)[2] : 0);
    }
    xs.add(x);
    ys.add(y);
    boolean hasBars = bars.stream().anyMatch(reach -> reach > 0);
    XYSeries series = chart.addSeries(name, x, y, hasBars ? bars : null);
    series.setMarker(dots || points.size() == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    series.setLineColor(color);
    series.setMarkerColor(color);
    series.setLineStyle(new BasicStroke(width));
    curves++;
    return this;
  }

  /** The plot as a PNG file; empty where this Java has no {@link Fonts}. */
  byte[] png() {
    if (!Fonts.areThere()) {
      return new byte[0];
    }
    chart.getStyler().setXAxisLogarithmicDecadeOnly(!xs.isWithinTwoDecades());
    chart.getStyler().setYAxisLogarithmicDecadeOnly(!ys.isWithinTwoDecades());
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      BitmapEncoder.saveBitmap(chart, png, BitmapFormat.PNG);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return png.toByteArray();
  }
}
