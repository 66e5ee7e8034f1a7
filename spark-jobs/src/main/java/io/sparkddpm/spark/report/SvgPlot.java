package io.sparkddpm.spark.report;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Several things over two numbers, as SVG for a page whose styles give the colours, with a legend
 * below: curves, points, paths, arrows and densities. Scales with the page. For one thread.
 */
public final class SvgPlot {
  private static final int WIDTH = 480;
  private static final int HEIGHT = 320;
  private static final int LEFT = 56;
  private static final int RIGHT = 20;
  private static final int TOP = 24;
  private static final int BOTTOM = 40;
  private static final int COLOURS = 6;
  private static final String DASHED = "curve dashed";

  private final String xTitle;
  private final String yTitle;
  private final String caption;
  private final List<Layer> layers = new ArrayList<>();
  private final StringBuilder legend = new StringBuilder();
  private final Range xRange = new Range();
  private final Range yRange = new Range();
  private int height = HEIGHT;
  private int colour = -1;

  /** Draws once the axes are known. */
  @FunctionalInterface
  private interface Layer {
    void draw(StringBuilder svg, SvgAxis x, SvgAxis y);
  }

  private static final class Range {
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;
    private boolean fixed;
    private boolean logarithmic;

    void cover(double... values) {
      for (double value : values) {
        checkArgument(
            Double.isFinite(value) && (!logarithmic || value > 0),
            "%s cannot be drawn on this axis",
            value);
        if (!fixed) {
          min = Math.min(min, value);
          max = Math.max(max, value);
        }
      }
    }

    void fix(double from, double to) {
      min = from;
      max = to;
      fixed = true;
    }

    SvgAxis axis(double from, double to, double margin) {
      if (logarithmic) {
        return new SvgAxis(min / (1 + margin), max * (1 + margin), from, to, true);
      }
      double pad = fixed ? 0 : max > min ? margin * (max - min) : 1;
      return new SvgAxis(min - pad, max + pad, from, to, false);
    }
  }

  /**
   * An empty plot.
   *
   * @param caption of the figure
   */
  public SvgPlot(String xTitle, String yTitle, String caption) {
    this.xTitle = xTitle;
    this.yTitle = yTitle;
    this.caption = caption;
  }

  String caption() {
    return caption;
  }

  /** A logarithmic x axis; before any curve. */
  public SvgPlot logarithmicX() {
    xRange.logarithmic = true;
    return this;
  }

  /** A logarithmic y axis; before any curve. */
  public SvgPlot logarithmicY() {
    yRange.logarithmic = true;
    return this;
  }

  /** Shows these values of x, whatever the curves hold. */
  public SvgPlot x(double from, double to) {
    xRange.fix(from, to);
    return this;
  }

  /** Shows these values of y, whatever the curves hold. */
  public SvgPlot y(double from, double to) {
    yRange.fix(from, to);
    return this;
  }

  /** A part of the plane, [−reach, reach] both ways, in which units are as long both ways. */
  public SvgPlot plane(double reach) {
    height = WIDTH - LEFT - RIGHT + TOP + BOTTOM;
    return x(-reach, reach).y(-reach, reach);
  }

  /** A curve in the next colour. */
  public SvgPlot curve(String name, double[] x, double[] y) {
    return line(name, x, y, "curve");
  }

  /** A dashed curve in the next colour: what a formula says, where a curve is what was seen. */
  public SvgPlot dashed(String name, double[] x, double[] y) {
    return line(name, x, y, DASHED);
  }

  /** A dashed curve in the colour of the one before: what a formula says of the same thing. */
  public SvgPlot dashed(double[] x, double[] y) {
    polyline(x, y, DASHED);
    return this;
  }

  /** Thin paths over the same values of x, all in the next colour. */
  public SvgPlot paths(double[] x, double[][] ys) {
    next("");
    for (double[] y : ys) {
      polyline(x, y, "path");
    }
    return this;
  }

  /** Points in the next colour. */
  public SvgPlot points(String name, double[] x, double[] y) {
    next(name);
    cover(x, y);
    String style = "point s" + colour;
    layers.add(
        (svg, xAxis, yAxis) -> {
          for (int i = 0; i < x.length; i++) {
            if (isShown(xAxis, x[i]) && isShown(yAxis, y[i])) {
              append(
                  svg,
                  "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>",
                  style,
                  xAxis.at(x[i]),
                  yAxis.at(y[i]),
                  x.length > 40 ? "1.8" : "4");
            }
          }
        });
    return this;
  }

  /** Arrows from points, in the next colour. */
  public SvgPlot arrows(String name, double[] x, double[] y, double[] dx, double[] dy) {
    next(name);
    cover(x, y);
    String style = "arrow s" + colour;
    layers.add(
        (svg, xAxis, yAxis) -> {
          for (int i = 0; i < x.length; i++) {
            arrow(
                svg,
                style,
                new double[] {xAxis.at(x[i]), yAxis.at(y[i])},
                new double[] {xAxis.at(x[i] + dx[i]), yAxis.at(y[i] + dy[i])});
          }
        });
    return this;
  }

  /** A shade of the first colour for each field of a grid over the whole plot. */
  public SvgPlot density(double[][] rows) {
    next("");
    String png = DensityImage.dataUri(rows);
    layers.add(
        (svg, xAxis, yAxis) ->
            append(
                svg,
                "<image x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\""
                    + " preserveAspectRatio=\"none\" href=\"%s\"/>",
                LEFT,
                TOP,
                WIDTH - LEFT - RIGHT,
                height - TOP - BOTTOM,
                png));
    return this;
  }

  private SvgPlot line(String name, double[] x, double[] y, String style) {
    next(name);
    polyline(x, y, style);
    return this;
  }

  private void polyline(double[] x, double[] y, String kind) {
    cover(x, y);
    String style = kind + " s" + colour;
    layers.add(
        (svg, xAxis, yAxis) -> {
          append(svg, "<polyline class=\"%s\" points=\"", style);
          for (int i = 0; i < x.length; i++) {
            append(svg, "%.1f,%.1f ", xAxis.at(x[i]), yAxis.at(y[i]));
          }
          svg.append("\"/>");
        });
  }

  private static void arrow(StringBuilder svg, String style, double[] from, double[] to) {
    double dx = to[0] - from[0];
    double dy = to[1] - from[1];
    append(
        svg,
        "<path class=\"%s\" d=\"M%.1f %.1fL%.1f %.1fM%.1f %.1fL%.1f %.1fL%.1f %.1f\"/>",
        style,
        from[0],
        from[1],
        to[0],
        to[1],
        to[0] - 0.3 * dx + 0.18 * dy,
        to[1] - 0.3 * dy - 0.18 * dx,
        to[0],
        to[1],
        to[0] - 0.3 * dx - 0.18 * dy,
        to[1] - 0.3 * dy + 0.18 * dx);
  }

  private void next(String name) {
    colour = (colour + 1) % COLOURS;
    if (!name.isEmpty()) {
      append(legend, "<li class=\"s%d\">%s</li>", colour, HtmlReport.escape(name));
    }
  }

  private void cover(double[] x, double[] y) {
    checkArgument(x.length == y.length, "%s values of x with %s of y", x.length, y.length);
    xRange.cover(x);
    yRange.cover(y);
  }

  private static boolean isShown(SvgAxis axis, double value) {
    return value >= axis.min() && value <= axis.max();
  }

  /** The drawing and its legend. */
  String toHtml() {
    StringBuilder svg = new StringBuilder();
    append(
        svg,
        "<svg class=\"chart plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s by %s\">",
        WIDTH,
        height,
        HtmlReport.escape(yTitle),
        HtmlReport.escape(xTitle));
    SvgAxis x = xRange.axis(LEFT, WIDTH - RIGHT, 0);
    SvgAxis y = yRange.axis(height - BOTTOM, TOP, 0.06);
    grid(svg, x, y);
    append(
        svg,
        "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" viewBox=\"%d %d %d %d\">",
        LEFT,
        TOP,
        WIDTH - LEFT - RIGHT,
        height - TOP - BOTTOM,
        LEFT,
        TOP,
        WIDTH - LEFT - RIGHT,
        height - TOP - BOTTOM); // cuts off what lies outside
    layers.forEach(layer -> layer.draw(svg, x, y));
    svg.append("</svg></svg>");
    return legend.length() == 0 ? svg.toString() : svg + "<ul class=\"legend\">" + legend + "</ul>";
  }

  private void grid(StringBuilder svg, SvgAxis x, SvgAxis y) {
    for (double tick : y.ticks()) {
      gridLine(svg, LEFT, WIDTH - RIGHT, y.at(tick), y.at(tick));
      text(svg, "end", LEFT - 6, y.at(tick) + 4, NumberText.of(tick));
    }
    for (double tick : x.ticks()) {
      gridLine(svg, x.at(tick), x.at(tick), TOP, height - BOTTOM);
      text(svg, "middle", x.at(tick), height - BOTTOM + 16, NumberText.of(tick));
    }
    text(svg, "start", 2, 14, yTitle);
    text(svg, "end", WIDTH - RIGHT, height - 4, xTitle);
  }

  private static void gridLine(StringBuilder svg, double x1, double x2, double y1, double y2) {
    append(
        svg,
        "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
        x1,
        x2,
        y1,
        y2);
  }

  private static void text(StringBuilder svg, String anchor, double x, double y, String text) {
    append(
        svg,
        "<text class=\"axis\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>",
        anchor,
        x,
        y,
        HtmlReport.escape(text));
  }

  private static void append(StringBuilder to, String format, Object... arguments) {
    to.append(String.format(Locale.ROOT, format, arguments));
  }
}
