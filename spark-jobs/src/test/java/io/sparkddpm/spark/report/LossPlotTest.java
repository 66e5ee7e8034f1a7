package io.sparkddpm.spark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.TrainingMetrics;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class LossPlotTest {
  private static TrainingMetrics metrics(long step, double loss, double quarter) {
    return new TrainingMetrics(
        step,
        loss,
        List.of(quarter, loss, loss, loss / 2),
        List.of(1.0, 1.0, 1.0, 1.0),
        1,
        1e-3,
        8,
        1,
        1,
        1);
  }

  private static long dark(BufferedImage image) {
    long dark = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        dark += (image.getRGB(x, y) & 0xFFFFFF) == 0 ? 1 : 0;
      }
    }
    return dark;
  }

  @Test
  void drawsLongAndShortRunsAndGaps() throws IOException {
    for (int n : new int[] {1, 2, 3, 5000}) {
      List<TrainingMetrics> run = new ArrayList<>();
      for (int i = 1; i <= n; i++) {
        run.add(metrics(10L * i, i % 7 == 0 ? Double.NaN : 1.0 / i, i % 2 == 0 ? Double.NaN : 2));
      }
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(LossPlot.png(run)));
      assertEquals(1000, image.getWidth());
      assertEquals(600, image.getHeight());
      assertTrue(dark(image) > 100, "nothing was drawn for " + n);
    }
  }

  /** Groups of rows with something dark beside the title of the y axis. */
  private static int labels(BufferedImage image) {
    int labels = 0;
    boolean before = false;
    for (int y = 40; y < 540; y++) {
      boolean here = false;
      for (int x = 34; x < 58; x++) {
        here |= (image.getRGB(x, y) & 0xFF) < 0x60;
      }
      labels += here && !before ? 1 : 0;
      before = here;
    }
    return labels;
  }

  @Test
  void lossesWithinADecadeHaveNumbersBesideThem() throws IOException {
    List<TrainingMetrics> run = new ArrayList<>();
    for (int i = 1; i <= 100; i++) {
      run.add(metrics(10L * i, 0.2 + 0.2 / i, 0.5));
    }
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(LossPlot.png(run)));
    assertTrue(labels(image) >= 4, () -> labels(image) + " labels");
  }

  @Test
  void hasNothingToDrawWithoutLosses() {
    assertEquals(0, LossPlot.png(List.of()).length);
    assertEquals(0, LossPlot.png(List.of(metrics(1, Double.NaN, Double.NaN))).length);
  }
}
