package io.sparkddpm.spark.report;

import java.util.Base64;
import java.util.List;

/** A part of an {@link HtmlReport} under a heading. What is added comes in turn. For one thread. */
public final class HtmlSection {
  private final String heading;
  private final StringBuilder body = new StringBuilder();
  private String anchor = "";

  /** With nothing below the heading. */
  public HtmlSection(String heading) {
    this.heading = heading;
  }

  /** The name by which {@link HtmlReport#contents} links to it. */
  public HtmlSection anchor(String name) {
    anchor = name;
    return this;
  }

  /** A paragraph. */
  public HtmlSection text(String text) {
    body.append("<p>").append(HtmlReport.escape(text)).append("</p>");
    return this;
  }

  /** A paragraph in a softer colour. */
  public HtmlSection soft(String text) {
    body.append("<p class=\"soft\">").append(HtmlReport.escape(text)).append("</p>");
    return this;
  }

  /** A formula on a line of its own, see {@link Formula}. */
  public HtmlSection formula(String formula) {
    body.append("<div class=\"scroll formula\">").append(Formula.toMathMl(formula));
    body.append("</div>");
    return this;
  }

  /** A table; the first row is its head. */
  public HtmlSection table(List<List<String>> rows) {
    body.append("<div class=\"scroll\"><table>");
    for (int r = 0; r < rows.size(); r++) {
      String cell = r == 0 ? "th" : "td";
      body.append("<tr>");
      for (String text : rows.get(r)) {
        body.append('<').append(cell).append('>').append(HtmlReport.escape(text));
        body.append("</").append(cell).append('>');
      }
      body.append("</tr>");
    }
    body.append("</table></div>");
    return this;
  }

  /** A PNG with a caption. */
  public HtmlSection image(byte[] png, HtmlReport.Scale scale, String caption) {
    String style =
        switch (scale) {
          case NATURAL -> "";
          case PIXELS -> " class=\"pixels narrow\"";
          case PIXELS_WIDE -> " class=\"pixels\"";
        };
    body.append("<figure><img")
        .append(style)
        .append(" alt=\"")
        .append(HtmlReport.escape(heading))
        .append("\" src=\"data:image/png;base64,")
        .append(Base64.getEncoder().encodeToString(png))
        .append("\">");
    return caption(caption);
  }

  /** A drawing with a caption. */
  public HtmlSection drawing(String svg, String caption) {
    body.append("<figure>").append(svg);
    return caption(caption);
  }

  /** Plots side by side where there is room, below each other where there is not. */
  public HtmlSection plots(List<SvgPlot> plots) {
    body.append("<div class=\"plots\">");
    plots.forEach(plot -> drawing(plot.toHtml(), plot.caption()));
    body.append("</div>");
    return this;
  }

  private HtmlSection caption(String caption) {
    body.append("<figcaption>").append(HtmlReport.escape(caption)).append("</figcaption></figure>");
    return this;
  }

  String toHtml() {
    String id = anchor.isEmpty() ? "" : " id=\"" + HtmlReport.escape(anchor) + "\"";
    return "<section" + id + "><h2>" + HtmlReport.escape(heading) + "</h2>" + body + "</section>\n";
  }
}
