package io.sparkddpm.spark.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Base64;
import javax.imageio.ImageIO;

/**
 * Shades of one colour, as strong as values are large, on no ground: for light and dark pages
 * alike.
 */
final class DensityImage {
  private static final int COLOUR = 0x4C86E8;
  private static final int OPAQUE = 255;
  private static final int ALPHA_SHIFT = 24;

  private DensityImage() {}

  /**
   * A PNG as a data URI.
   *
   * @param rows from the top, of equal length, not negative
   */
  static String dataUri(double[][] rows) {
    double most = Arrays.stream(rows).flatMapToDouble(Arrays::stream).max().orElseThrow();
    BufferedImage image =
        new BufferedImage(rows[0].length, rows.length, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < rows.length; y++) {
      for (int x = 0; x < rows[y].length; x++) {
        long alpha = Math.round(OPAQUE * Math.sqrt(rows[y][x] / most)); // small ones are seen too
        image.setRGB(x, y, (int) alpha << ALPHA_SHIFT | COLOUR);
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", png);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png.toByteArray());
  }
}
