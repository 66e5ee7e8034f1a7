package io.sparkddpm.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import java.util.Arrays;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageCodecTest {
  private static final int H = 23;
  private static final int W = 37;

  private static ByteImage decode(String name) {
    return ImageCodec.decode(ImageTestData.file(name), name);
  }

  private static String refused(byte[] file, String name) {
    BadImageException e =
        assertThrows(BadImageException.class, () -> ImageCodec.decode(file, name), name);
    assertTrue(e.getMessage().startsWith(name + " "), e.getMessage());
    return e.getMessage();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb8.png", "rgb16.png", "rgba_opaque.png"})
  void colourIsExact(String name) {
    ByteImage image = decode(name);
    assertEquals("ByteImage[3, 23, 37]", image.toString());
    for (int y = 0; y < H; y++) {
      for (int x = 0; x < W; x++) {
        assertEquals(x * 6 % 256, image.get(0, y, x));
        assertEquals(y * 11 % 256, image.get(1, y, x));
        assertEquals(x * y % 256, image.get(2, y, x));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"grey8.png", "grey16.png", "grey_alpha_opaque.png"})
  void greyKeepsItsValuesInThreeChannels(String name) {
    ByteImage image = decode(name);
    for (int y = 0; y < H; y++) {
      for (int x = 0; x < W; x++) {
        for (int c = 0; c < 3; c++) {
          assertEquals((x * 5 + y * 3) % 256, image.get(c, y, x));
        }
      }
    }
  }

  @Test
  void palettesAndSingleBitsAreAsPillowReadsThem() {
    SortedMap<String, NpyArray> expected = ImageTestData.expected();
    for (String name : new String[] {"palette.png", "grey1.png"}) {
      assertEquals(ImageTestData.image(expected.get(name)), decode(name), name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb.jpg", "progressive.jpg", "grey.jpg"})
  void jpegIsAsPillowReadsItButForRounding(String name) {
    ByteImage expected = ImageTestData.image(ImageTestData.expected().get(name));
    // Two decoders of one file may differ in the inverse transform and in colour conversion.
    assertTrue(ImageTestData.largestDifference(expected, decode(name)) <= 3, name);
  }

  @Test
  void transparencyIsRefused() {
    String message = refused(ImageTestData.file("rgba_transparent.png"), "rgba_transparent.png");
    assertTrue(message.contains("is transparent (alpha 254 of 255 at row 3, column 5)"), message);
    message = refused(ImageTestData.file("palette_transparent.png"), "palette_transparent.png");
    assertTrue(message.contains("is transparent"), message);
  }

  @Test
  void foreignFilesAreNamed() {
    assertEquals(
        "a.txt is not an image: it begins with \"hello\"",
        refused(new byte[] {'h', 'e', 'l', 'l', 'o'}, "a.txt"));
    assertEquals("empty.png is empty", refused(new byte[0], "empty.png"));
    assertEquals(
        "a.gif is a GIF image; PNG, JPEG and WebP are accepted",
        refused(new byte[] {'G', 'I', 'F', '8', '9', 'a'}, "a.gif"));
    assertEquals(
        "a.bin is neither PNG nor JPEG nor WebP: it has 3 bytes and begins with 00 ff 07",
        refused(new byte[] {0, -1, 7}, "a.bin"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rgb8.png", "grey16.png", "palette.png", "rgb.jpg", "progressive.jpg", "grey.jpg"})
  void everyTruncationIsRefused(String name) {
    byte[] file = ImageTestData.file(name);
    for (int n = 0; n < file.length; n++) {
      refused(Arrays.copyOf(file, n), name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb8.png", "rgb16.png", "grey8.png", "palette.png"})
  void everyFlippedByteOfAPngIsRefused(String name) {
    byte[] file = ImageTestData.file(name);
    for (int i = 0; i < file.length; i++) {
      byte[] damaged = file.clone();
      damaged[i] ^= 0x20;
      refused(damaged, name);
    }
  }

  @Test
  void pngRoundTripIsExact() {
    for (ByteImage image :
        new ByteImage[] {
          ImageTestData.pattern(3, 5, 7), ImageTestData.pattern(1, 32, 32),
          ImageTestData.pattern(3, 1, 1), ImageTestData.pattern(3, 70, 33)
        }) {
      assertEquals(image.toRgb(), ImageCodec.decode(ImageCodec.encodePng(image), "memory"));
    }
    assertThrows(
        IllegalArgumentException.class, () -> ImageCodec.encodePng(ImageTestData.pattern(2, 5, 7)));
  }
}
