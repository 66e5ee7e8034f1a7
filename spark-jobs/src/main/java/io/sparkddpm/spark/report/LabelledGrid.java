package io.sparkddpm.spark.report;

import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * A sheet of images with the names of its rows, as SVG: text is set by whoever shows it, so that
 * the file's bytes do not depend on this machine's fonts.
 */
public final class LabelledGrid {
  private static final int FONT_SIZE = 13;

  /** Of a character, in units of the size of the font, at most for most fonts. */
  private static final double CHARACTER_WIDTH = 0.62;

  private static final int LONGEST_NAME = 32;
  private static final int MARGIN = 8;

  private LabelledGrid() {}

  /**
   * Puts names beside the rows.
   *
   * @param sheet PNG, with a row of equal height for each name
   * @param padding of the sheet: white pixels around each image
   */
  public static byte[] svg(byte[] sheet, int padding, List<String> names) {
    ByteImage image = ImageCodec.decode(sheet, "the sheet");
    List<String> shown = names.stream().map(LabelledGrid::shortened).toList();
    int longest = shown.stream().mapToInt(String::length).max().orElse(0);
    int left = (int) Math.ceil(longest * FONT_SIZE * CHARACTER_WIDTH) + MARGIN;
    int width = left + image.width();
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%1$d\" height=\"%2$d\" viewBox=\"0 0"
                + " %1$d %2$d\">\n"
                + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
                + "<image x=\"%3$d\" width=\"%4$d\" height=\"%2$d\" style=\"image-rendering:"
                + " pixelated\" href=\"data:image/png;base64,",
            width,
            image.height(),
            left,
            image.width()));
    svg.append(Base64.getEncoder().encodeToString(sheet)).append("\"/>\n");
    svg.append(
        String.format(
            Locale.ROOT,
            "<g font-family=\"sans-serif\" font-size=\"%d\" text-anchor=\"end\""
                + " dominant-baseline=\"middle\">\n",
            FONT_SIZE));
    double row = (image.height() - padding) / (double) names.size();
    for (int i = 0; i < shown.size(); i++) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%d\" y=\"%.1f\">%s</text>\n",
              left - MARGIN,
              padding / 2.0 + (i + 0.5) * row,
              HtmlReport.escape(shown.get(i))));
    }
    return svg.append("</g>\n</svg>\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String shortened(String name) {
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 1) + "…";
  }
}
