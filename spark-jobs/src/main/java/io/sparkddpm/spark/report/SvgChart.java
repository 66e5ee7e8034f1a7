package io.sparkddpm.spark.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A line over a number, as SVG for a page whose styles give the colours: classes {@code axis},
 * {@code grid}, {@code line}, {@code bar}, {@code dot} and {@code mark}. Scales with the page. For
 * one thread.
 */
public final class SvgChart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 320;
  private static final int LEFT = 76;
  private static final int RIGHT = 16;
  private static final int TOP = 18;
  private static final int BOTTOM = 46;
  private static final int MAX_POINTS = 600;
  private static final int TICKS = 5;

  private final String xTitle;
  private final String yTitle;
  private final List<Point> points = new ArrayList<>();
  private final List<Point> marks = new ArrayList<>();
  private boolean logarithmic;
  private boolean dots;

  /**
   * A point.
   *
   * @param low of its interval; NaN where there is none
   * @param high of it
   * @param label of the point on the x axis; empty: the number itself
   */
  public record Point(double x, double y, double low, double high, String label) {
    /** Without an interval and a label. */
    public static Point of(double x, double y) {
      return new Point(x, y, Double.NaN, Double.NaN, "");
    }
  }

  /** An empty chart. */
  public SvgChart(String xTitle, String yTitle) {
    this.xTitle = xTitle;
    this.yTitle = yTitle;
  }

  /** Values, all above 0, on a logarithmic axis. */
  public SvgChart logarithmic() {
    this.logarithmic = true;
    return this;
  }

  /**
   * The line.
   *
   * @param line by x; of very many, means of neighbours are drawn
   * @param withDots whether each point is marked
   */
  public SvgChart line(List<Point> line, boolean withDots) {
    points.addAll(line);
    this.dots = withDots;
    return this;
  }

  /** A vertical line with a text. */
  public SvgChart mark(double x, String text) {
    marks.add(new Point(x, 0, Double.NaN, Double.NaN, text));
    return this;
  }

  /** The chart; a text in its place where there is no point. */
  public String toSvg() {
    StringBuilder svg = new StringBuilder();
    append(
        svg,
        "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s by %s\">",
        WIDTH,
        HEIGHT,
        HtmlReport.escape(yTitle),
        HtmlReport.escape(xTitle));
    if (points.isEmpty()) {
      append(svg, "<text class=\"axis\" x=\"%d\" y=\"%d\">no values yet</text>", LEFT, HEIGHT / 2);
    } else {
      draw(svg);
    }
    return svg.append("</svg>").toString();
  }

  private void draw(StringBuilder svg) {
    List<Point> drawn = thinned();
    SvgAxis x = xAxis(drawn);
    SvgAxis y = yAxis(drawn);
    for (double tick : y.ticks()) {
      append(
          svg,
          "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
          LEFT,
          WIDTH - RIGHT,
          y.at(tick),
          y.at(tick));
      append(
          svg,
          "<text class=\"axis\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%s</text>",
          LEFT - 8,
          y.at(tick) + 4,
          NumberText.of(tick));
    }
    labelX(svg, drawn, x);
    for (Point mark : marks) {
      append(
          svg,
          "<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\""
              + " y2=\"%d\"><title>%s</title></line>",
          x.at(mark.x),
          x.at(mark.x),
          TOP,
          HEIGHT - BOTTOM,
          HtmlReport.escape(mark.label));
    }
    StringBuilder path = new StringBuilder();
    for (Point p : drawn) {
      append(path, "%.1f,%.1f ", x.at(p.x), y.at(p.y));
      if (Double.isFinite(p.low) && Double.isFinite(p.high)) {
        append(
            svg,
            "<line class=\"bar\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
            x.at(p.x),
            x.at(p.x),
            y.at(p.low),
            y.at(p.high));
      }
    }
    append(svg, "<polyline class=\"line\" points=\"%s\"/>", path.toString().strip());
    if (dots || drawn.size() == 1) {
      for (Point p : drawn) {
        append(
            svg,
            "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"><title>%s: %s</title></circle>",
            x.at(p.x),
            y.at(p.y),
            HtmlReport.escape(p.label.isEmpty() ? NumberText.of(p.x) : p.label),
            NumberText.of(p.y));
      }
    }
    append(
        svg,
        "<text class=\"axis\" x=\"%d\" y=\"%d\">%s</text>",
        LEFT,
        TOP - 6,
        HtmlReport.escape(yTitle));
  }

  private void labelX(StringBuilder svg, List<Point> drawn, SvgAxis x) {
    boolean labelled = !drawn.get(0).label.isEmpty();
    if (labelled) {
      int stride = (drawn.size() + TICKS) / (TICKS + 1);
      for (int i = (drawn.size() - 1) % stride; i < drawn.size(); i += stride) {
        label(svg, x.at(drawn.get(i).x), drawn.get(i).label);
      }
    } else {
      for (double tick : x.ticks()) {
        label(svg, x.at(tick), NumberText.of(tick));
      }
    }
    append(
        svg,
        "<text class=\"axis\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>",
        WIDTH - RIGHT,
        HEIGHT - 6,
        HtmlReport.escape(xTitle));
  }

  private static void label(StringBuilder svg, double x, String text) {
    append(
        svg,
        "<text class=\"axis\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>",
        Math.min(Math.max(x, LEFT + 20), WIDTH - RIGHT - 40),
        HEIGHT - BOTTOM + 20,
        HtmlReport.escape(text));
  }

  /** Means of neighbours, where there are very many. */
  private List<Point> thinned() {
    int stride = (points.size() + MAX_POINTS - 1) / MAX_POINTS;
    if (stride <= 1) {
      return points;
    }
    List<Point> means = new ArrayList<>();
    for (int i = 0; i < points.size(); i += stride) {
      List<Point> some = points.subList(i, Math.min(points.size(), i + stride));
      means.add(
          Point.of(
              some.get(some.size() - 1).x,
              some.stream().mapToDouble(Point::y).average().orElseThrow()));
    }
    return means;
  }

  private SvgAxis xAxis(List<Point> drawn) {
    double min = drawn.get(0).x;
    double max = drawn.get(drawn.size() - 1).x;
    for (Point mark : marks) {
      min = Math.min(min, mark.x);
      max = Math.max(max, mark.x);
    }
    double pad = dots ? Math.max(0.5, (max - min) * 0.04) : 0;
    return new SvgAxis(min - pad, max == min ? max + 1 : max + pad, LEFT, WIDTH - RIGHT, false);
  }

  private SvgAxis yAxis(List<Point> drawn) {
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    for (Point p : drawn) {
      min = Math.min(min, Double.isFinite(p.low) ? Math.min(p.low, p.y) : p.y);
      max = Math.max(max, Double.isFinite(p.high) ? Math.max(p.high, p.y) : p.y);
    }
    if (logarithmic) {
      return new SvgAxis(min / 1.1, max * 1.1, HEIGHT - BOTTOM, TOP, true);
    }
    double pad = max > min ? (max - min) * 0.1 : Math.max(1e-9, Math.abs(max) * 0.1);
    return new SvgAxis(min - pad, max + pad, HEIGHT - BOTTOM, TOP, false);
  }

  private static void append(StringBuilder to, String format, Object... arguments) {
    to.append(String.format(Locale.ROOT, format, arguments));
  }
}
