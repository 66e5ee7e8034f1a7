package io.sparkddpm.spark.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * A page that stands alone: styles and images are inside, nothing is loaded from elsewhere. Follows
 * the reader's choice of light or dark. For one thread.
 */
public final class HtmlReport {
  private final String title;
  private final String lead;
  private final StringBuilder body = new StringBuilder();

  /** How an image is shown. */
  public enum Scale {
    /** As it is, for plots. */
    NATURAL,
    /** Enlarged without smoothing, as wide as a hand. */
    PIXELS,
    /** Enlarged without smoothing, over the whole width. */
    PIXELS_WIDE
  }

  /**
   * A page without sections.
   *
   * @param lead a line under the title
   */
  public HtmlReport(String title, String lead) {
    this.title = title;
    this.lead = lead;
  }

  /** Large figures in a row, by name. */
  public HtmlReport facts(Map<String, String> facts) {
    body.append("<section><dl class=\"facts\">");
    facts.forEach(
        (name, value) ->
            body.append("<div><dt>")
                .append(escape(name))
                .append("</dt><dd>")
                .append(escape(value))
                .append("</dd></div>"));
    body.append("</dl></section>\n");
    return this;
  }

  /** A PNG with a heading and a caption. */
  public HtmlReport image(String heading, byte[] png, Scale scale, String caption) {
    return png.length == 0 ? this : add(new HtmlSection(heading).image(png, scale, caption));
  }

  /** A table; the first row is its head. */
  public HtmlReport table(String heading, List<List<String>> rows, String caption) {
    return add(new HtmlSection(heading).table(rows).soft(caption));
  }

  /** A drawing that is part of the page. */
  public HtmlReport svg(String heading, String svg, String caption) {
    return add(new HtmlSection(heading).drawing(svg, caption));
  }

  /** A section with a heading. */
  public HtmlReport add(HtmlSection section) {
    body.append(section.toHtml());
    return this;
  }

  /** Links to sections, by their anchors. */
  public HtmlReport contents(Map<String, String> headings) {
    body.append("<nav><ol>");
    headings.forEach(
        (anchor, heading) ->
            body.append("<li><a href=\"#")
                .append(escape(anchor))
                .append("\">")
                .append(escape(heading))
                .append("</a></li>"));
    body.append("</ol></nav>\n");
    return this;
  }

  /** PNGs side by side, by caption. */
  public HtmlReport gallery(String heading, Map<String, byte[]> pngs) {
    body.append("<section><h2>").append(escape(heading)).append("</h2><div class=\"gallery\">");
    pngs.forEach(
        (caption, png) ->
            body.append("<figure><img class=\"pixels\" alt=\"")
                .append(escape(caption))
                .append("\" src=\"data:image/png;base64,")
                .append(Base64.getEncoder().encodeToString(png))
                .append("\"><figcaption>")
                .append(escape(caption))
                .append("</figcaption></figure>"));
    body.append("</div></section>\n");
    return this;
  }

  /** Lines of a list; nothing where there is none. */
  public HtmlReport list(String heading, String style, List<String> lines) {
    if (!lines.isEmpty()) {
      body.append("<section class=\"").append(escape(style)).append("\"><h2>");
      body.append(escape(heading)).append("</h2><ul>");
      lines.forEach(line -> body.append("<li>").append(escape(line)).append("</li>"));
      body.append("</ul></section>\n");
    }
    return this;
  }

  /** Text to be unfolded. */
  public HtmlReport folded(String heading, String text) {
    body.append("<section><details><summary>")
        .append(escape(heading))
        .append("</summary><pre>")
        .append(escape(text))
        .append("</pre></details></section>\n");
    return this;
  }

  /** The whole page, UTF-8. */
  public byte[] toHtml() {
    StringBuilder page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n");
    page.append("<meta charset=\"utf-8\">\n");
    page.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.append("<title>").append(escape(title)).append("</title>\n<style>\n").append(styles());
    page.append("</style>\n</head>\n<body>\n<main>\n<h1>").append(escape(title)).append("</h1>\n");
    page.append("<p class=\"lead\">").append(escape(lead)).append("</p>\n").append(body);
    return page.append("</main>\n</body>\n</html>\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String styles() {
    try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
