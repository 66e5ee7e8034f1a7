package io.sparkddpm.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PngReaderTest {
  private static final int W = TinyImages.W;
  private static final int H = TinyImages.H;

  private static ByteImage decode(byte[] file) {
    return new ImageDecoder(1 << 20).decode(file, "a.png");
  }

  private static String refused(byte[] file) {
    return assertThrows(BadImageException.class, () -> decode(file)).getMessage();
  }

  /** Two implementations: the samples that Java's reader finds, reduced to 8 bits here. */
  @ParameterizedTest
  @CsvSource({"1,0", "2,0", "4,0", "8,0", "16,0", "8,2", "16,2", "1,3", "2,3", "4,3", "8,3"})
  void samplesAreThoseThatJavaFinds(int bits, int colour) throws IOException {
    for (boolean interlaced : new boolean[] {false, true}) {
      byte[] file = TinyImages.png(bits, colour, interlaced);
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(file));
      Raster raster = image.getRaster();
      ByteImage ours = decode(file);
      for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
          for (int c = 0; c < 3; c++) {
            double value = raster.getSample(x, y, raster.getNumBands() == 3 ? c : 0);
            long expected =
                colour == PngHeader.PALETTE
                    ? image.getRGB(x, y) >> (16 - 8 * c) & 0xFF
                    : Math.round(value * 255 / ((1 << bits) - 1));
            assertEquals(expected, ours.get(c, y, x), y + ", " + x);
          }
        }
      }
    }
  }

  @Test
  void oneTransparentColourIsRefusedAtEveryDepthWhereItIsUsed() {
    for (int bits : new int[] {1, 2, 4, 8, 16}) {
      byte[] rows = new byte[1 + (W * bits + 7) / 8];
      byte[] file =
          TinyImages.png(
              TinyImages.header(W, 1, bits, PngHeader.GREY, 0),
              TinyImages.chunk("tRNS", (byte) 0, (byte) 0),
              TinyImages.chunk("IDAT", TinyImages.deflate(rows)));
      String opaque = " of " + ((1 << bits) - 1) + " at row 0, column 0)";
      assertTrue(refused(file).startsWith("a.png is transparent (alpha 0" + opaque));
      byte[] unused =
          TinyImages.png(
              TinyImages.header(W, 1, bits, PngHeader.GREY, 0),
              TinyImages.chunk("tRNS", (byte) 0, (byte) 1),
              TinyImages.chunk("IDAT", TinyImages.deflate(rows)));
      assertEquals(0, decode(unused).get(2, 0, W - 1));
    }
    byte[] rows = new byte[1 + 3 * W];
    Arrays.fill(rows, 1, rows.length, (byte) 7);
    byte[] rgb =
        TinyImages.png(
            TinyImages.header(W, 1, 8, PngHeader.RGB, 0),
            TinyImages.chunk("tRNS", new byte[] {0, 7, 0, 7, 0, 7}),
            TinyImages.chunk("IDAT", TinyImages.deflate(rows)));
    assertTrue(refused(rgb).startsWith("a.png is transparent"));
  }

  @Test
  void whatDoesNotDecideSamplesIsNotLookedInto() {
    byte[] plain = TinyImages.png(8, PngHeader.RGB, false);
    byte[] bomb = TinyImages.deflate(new byte[1 << 20]);
    byte[] profile = TinyImages.join(new byte[] {'a', 0, 0}, bomb);
    byte[] file =
        TinyImages.png(
            8,
            PngHeader.RGB,
            false,
            TinyImages.chunk("gAMA", new byte[] {0, 1, 0, 0}),
            TinyImages.chunk("iCCP", profile),
            TinyImages.chunk("zTXt", profile));
    assertEquals(decode(plain), decode(file));
    assertEquals(
        "a.png is animated; still images are accepted",
        refused(TinyImages.png(8, PngHeader.RGB, false, TinyImages.chunk("acTL", new byte[8]))));
  }

  @Test
  void morePixelsThanTheHeaderSaysAreNeverInflated() {
    byte[] file =
        TinyImages.png(
            TinyImages.header(4, 4, 8, PngHeader.GREY, 0),
            TinyImages.chunk("IDAT", TinyImages.deflate(new byte[1 << 20])));
    assertEquals(
        "a.png is damaged: its pixels do not end where its header of 4 x 4 says", refused(file));
    byte[] few =
        TinyImages.png(
            TinyImages.header(4, 4, 8, PngHeader.GREY, 0),
            TinyImages.chunk("IDAT", TinyImages.deflate(new byte[12])));
    assertEquals("a.png is cut off or damaged: its pixels end after 2 rows", refused(few));
  }

  @Test
  void largeImagesAreRefusedByTheirHeader() {
    byte[] pixels = TinyImages.chunk("IDAT", TinyImages.deflate(new byte[8]));
    assertEquals(
        "a.png has 60000 x 60000 pixels; at most 200000000 are accepted",
        refused(TinyImages.png(TinyImages.header(60_000, 60_000, 8, PngHeader.RGB, 0), pixels)));
    assertEquals(
        "a.png has 1000 x 1000 pixels, and decoding it takes 3 MiB of heap; a task has 1 MiB: make"
            + " it smaller, or raise DDPM_HEAP (spark.executor.memory in a cluster)",
        refused(TinyImages.png(TinyImages.header(1000, 1000, 8, PngHeader.RGB, 0), pixels)));
  }

  @Test
  void headersThatPngDoesNotHaveAreRefused() {
    byte[] pixels = TinyImages.chunk("IDAT", TinyImages.deflate(new byte[8]));
    for (int[] h :
        new int[][] {
          {0, 1, 8, 0, 0},
          {1, -1, 8, 0, 0},
          {1, 1, 3, 0, 0},
          {1, 1, 4, 2, 0},
          {1, 1, 8, 5, 0},
          {1, 1, 8, 0, 2}
        }) {
      String message =
          refused(TinyImages.png(TinyImages.header(h[0], h[1], h[2], h[3], h[4]), pixels));
      assertTrue(message.startsWith("a.png is damaged: its PNG header says "), message);
    }
    assertEquals(
        "a.png is damaged: it has no pixels",
        refused(TinyImages.png(TinyImages.header(1, 1, 8, 0, 0))));
    assertEquals(
        "a.png is damaged: it has no palette",
        refused(TinyImages.png(TinyImages.header(1, 1, 8, PngHeader.PALETTE, 0), pixels)));
  }
}
