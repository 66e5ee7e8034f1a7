package io.sparkddpm.spark.pipeline;

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
final class HtmlReport {
  private final String title;
  private final String lead;
  private final StringBuilder body = new StringBuilder();

  /** How an image is shown. */
  enum Scale {
    /** As it is, for plots. */
    NATURAL,
    /** Enlarged without smoothing, as wide as a hand. */
    PIXELS,
    /** Enlarged without smoothing, over the whole width. */
    PIXELS_WIDE
  }

  HtmlReport(String title, String lead) {
    this.title = title;
    this.lead = lead;
  }

  /** Large figures in a row, by name. */
  HtmlReport facts(Map<String, String> facts) {
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
  HtmlReport image(String heading, byte[] png, Scale scale, String caption) {
    String style =
        switch (scale) {
          case NATURAL -> "";
          case PIXELS -> " class=\"pixels narrow\"";
          case PIXELS_WIDE -> " class=\"pixels\"";
        };
    body.append("<section><h2>")
        .append(escape(heading))
        .append("</h2><figure><img")
        .append(style)
        .append(" alt=\"")
        .append(escape(heading))
        .append("\" src=\"data:image/png;base64,")
        .append(Base64.getEncoder().encodeToString(png))
        .append("\"><figcaption>")
        .append(escape(caption))
        .append("</figcaption></figure></section>\n");
    return this;
  }

  /** A table; the first row is its head. */
  HtmlReport table(String heading, List<List<String>> rows, String caption) {
    body.append("<section><h2>")
        .append(escape(heading))
        .append("</h2><div class=\"scroll\"><table>");
    for (int r = 0; r < rows.size(); r++) {
      String cell = r == 0 ? "th" : "td";
      body.append("<tr>");
      for (String text : rows.get(r)) {
        body.append('<').append(cell).append('>').append(escape(text));
        body.append("</").append(cell).append('>');
      }
      body.append("</tr>");
    }
    body.append("</table></div><p class=\"soft\">")
        .append(escape(caption))
        .append("</p></section>\n");
    return this;
  }

  /** A drawing that is part of the page. */
  HtmlReport svg(String heading, String svg, String caption) {
    body.append("<section><h2>")
        .append(escape(heading))
        .append("</h2><figure>")
        .append(svg)
        .append("<figcaption>")
        .append(escape(caption))
        .append("</figcaption></figure></section>\n");
    return this;
  }

  /** PNGs side by side, by caption. */
  HtmlReport gallery(String heading, Map<String, byte[]> pngs) {
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
  HtmlReport list(String heading, String style, List<String> lines) {
    if (!lines.isEmpty()) {
      body.append("<section class=\"").append(escape(style)).append("\"><h2>");
      body.append(escape(heading)).append("</h2><ul>");
      lines.forEach(line -> body.append("<li>").append(escape(line)).append("</li>"));
      body.append("</ul></section>\n");
    }
    return this;
  }

  /** Text to be unfolded. */
  HtmlReport folded(String heading, String text) {
    body.append("<section><details><summary>")
        .append(escape(heading))
        .append("</summary><pre>")
        .append(escape(text))
        .append("</pre></details></section>\n");
    return this;
  }

  /** The whole page, UTF-8. */
  byte[] toHtml() {
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
