package io.sparkddpm.spark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class DistancePlotTest {
  private static final int BLUE = 0x0072B2;

  /** The largest number of pixels of the first curve's colour below one another. */
  private static int tallest(double reach) throws IOException {
    var curve =
        Map.of(
            1.0, new DistancePlot.Measured(10, reach), 2.0, new DistancePlot.Measured(10, reach));
    byte[] png = DistancePlot.png("fid", "step", Map.of("raw", curve));
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    assertEquals(1000, image.getWidth());
    int tallest = 0;
    for (int x = 0; x < image.getWidth(); x++) {
      int n = 0;
      for (int y = 0; y < image.getHeight(); y++) {
        n += (image.getRGB(x, y) & 0xFFFFFF) == BLUE ? 1 : 0;
      }
      tallest = Math.max(tallest, n);
    }
    return tallest;
  }

  @Test
  void intervalsAreBars() throws IOException {
    assertTrue(tallest(0) < 30);
    assertTrue(tallest(4) > 200);
  }
}
