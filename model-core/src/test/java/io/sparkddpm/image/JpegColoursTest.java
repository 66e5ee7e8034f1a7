package io.sparkddpm.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the components of a JPEG mean, by libjpeg's rules, and the colours that they become. */
class JpegColoursTest {
  private static final byte[] NONE = {};

  private static ByteImage decode(byte[] file) {
    return new ImageDecoder(1 << 20).decode(file, "a.jpg");
  }

  /** Gives the components of a file other ids. */
  private static byte[] withIds(byte[] jpeg, byte[] ids) {
    byte[] file = jpeg.clone();
    for (int at = 2; at < file.length; ) {
      int marker = file[at + 1] & 0xFF;
      boolean frame = marker == 0xC0 || marker == 0xC1;
      boolean scan = marker == 0xDA;
      for (int c = 0; c < ids.length && (frame || scan); c++) {
        file[frame ? at + 10 + 3 * c : at + 5 + 2 * c] = ids[c];
      }
      if (scan) {
        return file;
      }
      at += 2 + ((file[at + 2] & 0xFF) << 8 | (file[at + 3] & 0xFF));
    }
    throw new IllegalArgumentException("no scan");
  }

  /** Mean distance from the picture as it is if its components are read as YCbCr, or as RGB. */
  private static double distance(ByteImage image, boolean ycbcr) {
    double sum = 0;
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        int[] p = TinyImages.raster(3).getPixel(x, y, (int[]) null);
        double[] rgb = {p[0], p[1], p[2]};
        if (ycbcr) {
          double cb = p[1] - 128;
          double cr = p[2] - 128;
          rgb[0] = p[0] + 1.402 * cr;
          rgb[1] = p[0] - 0.344136286 * cb - 0.714136286 * cr;
          rgb[2] = p[0] + 1.772 * cb;
        }
        for (int c = 0; c < 3; c++) {
          sum += Math.abs(Math.max(0, Math.min(255, rgb[c])) - image.get(c, y, x));
        }
      }
    }
    return sum / (3 * image.height() * image.width());
  }

  @ParameterizedTest
  @CsvSource({
    // ids in hexadecimal, JFIF, Adobe's transform or -1, whether they are YCbCr
    "x010203, false, -1, true",
    "x000102, false, -1, true",
    "x616263, false, -1, true",
    "x524742, false, -1, false",
    "x524742, true, -1, true",
    "x524742, false, 1, true",
    "x010203, false, 0, false",
    "x010203, false, 1, true",
    "x010203, false, 7, true",
    "x010203, true, 0, true",
    "x010203, true, 1, true"
  })
  void threeComponentsAreReadByTheirMarkers(String ids, boolean jfif, int adobe, boolean ycbcr) {
    byte[] file = withIds(TinyImages.bareJpeg(3), HexFormat.of().parseHex(ids.substring(1)));
    file =
        TinyImages.with(
            file, jfif ? TinyImages.jfif() : NONE, adobe >= 0 ? TinyImages.adobe(adobe) : NONE);
    ByteImage image = decode(file);
    assertTrue(distance(image, ycbcr) < 8, "is " + distance(image, ycbcr));
    assertTrue(distance(image, !ycbcr) > 30, "is not " + distance(image, !ycbcr));
  }

  @Test
  void profilesAndOrientationChangeNothing() {
    byte[] plain = TinyImages.jpeg(false);
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
    byte[] name = "ICC_PROFILE\0\1\1".getBytes(StandardCharsets.ISO_8859_1);
    byte[] damaged = {1, 2, 3};
    for (byte[] icc : new byte[][] {profile, damaged}) {
      byte[] file = TinyImages.with(plain, TinyImages.segment(0xE2, name, icc));
      assertEquals(decode(plain), decode(file));
    }
    ImageDecoder decoder = new ImageDecoder(1 << 20);
    byte[] turned = TinyImages.with(plain, TinyImages.jpegExif(6));
    assertEquals(decode(plain), decoder.decode(turned, "a.jpg"));
    decoder.decode(TinyImages.with(plain, TinyImages.jpegExif(1)), "b.jpg");
    decoder.decode(plain, "c.jpg");
    assertEquals(new ImageTally(3, 3, 1), decoder.tally());
    assertEquals(
        "x: 1 of 3 images carry an EXIF orientation, which is ignored",
        decoder.tally().orientationWarning("x").orElseThrow());
  }

  /** With inks stored inverted, an ink over black: RGB is their product. */
  @Test
  void cmykIsTheProductOfItsInks() {
    for (byte[] marker : new byte[][] {NONE, TinyImages.adobe(0)}) {
      ByteImage image = decode(TinyImages.with(TinyImages.bareJpeg(4), marker));
      double largest = 0;
      for (int y = 0; y < image.height(); y++) {
        for (int x = 0; x < image.width(); x++) {
          int[] p = TinyImages.raster(4).getPixel(x, y, (int[]) null);
          for (int c = 0; c < 3; c++) {
            largest = Math.max(largest, Math.abs(p[c] * p[3] / 255.0 - image.get(c, y, x)));
          }
        }
      }
      assertTrue(largest < 12, "differs by " + largest);
    }
    ByteImage ycck = decode(TinyImages.with(TinyImages.bareJpeg(4), TinyImages.adobe(2)));
    assertNotEquals(decode(TinyImages.bareJpeg(4)), ycck);
  }

  @Test
  void cmykIsAsPillowReadsIt() {
    // The four components of one pixel, and what Pillow 12.3 makes of them.
    byte[] out = new byte[3];
    byte[] pixel = {(byte) 111, (byte) 179, (byte) 241, (byte) 241};
    JpegColours.toRgb(JpegFrame.Colours.CMYK, pixel, 1, out, 1, 0);
    assertEquals(105, out[0] & 0xFF);
    assertEquals(169, out[1] & 0xFF);
    assertEquals(228, out[2] & 0xFF);
  }
}
