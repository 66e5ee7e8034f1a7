package io.sparkddpm.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.archive.Npy;
import io.sparkddpm.archive.NpyArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** Ninety awkward files and what Pillow makes of them: each gives its pixels or is refused. */
class AwkwardImagesTest {
  /** Of the files that Pillow reads, those that are refused, and why; others must be read. */
  private static final Map<String, String> REFUSED =
      Map.ofEntries(
          Map.entry("bmp/bw1.bmp", "is a BMP image"),
          Map.entry("bmp/palette8.bmp", "is a BMP image"),
          Map.entry("bmp/rgb24.bmp", "is a BMP image"),
          Map.entry("gif/animated.gif", "is a GIF image"),
          Map.entry("gif/interlaced.gif", "is a GIF image"),
          Map.entry("gif/still.gif", "is a GIF image"),
          Map.entry("gif/transparent.gif", "is a GIF image"),
          Map.entry("tiff/deflate.TIF", "is a TIFF image"),
          Map.entry("tiff/grey16.tif", "is a TIFF image"),
          Map.entry("tiff/lzw.tiff", "is a TIFF image"),
          Map.entry("tiff/raw.tif", "is a TIFF image"),
          Map.entry("webp/animated.webp", "is animated"),
          Map.entry("webp/lossless_alpha.webp", "is transparent (alpha 250 of 255"),
          Map.entry("webp/lossy_alpha.webp", "is transparent (alpha 250 of 255"),
          Map.entry("png/grey_trns.png", "is transparent (alpha 0 of 255"),
          Map.entry("png/greyalpha.png", "is transparent (alpha"),
          Map.entry("png/greyalpha16_interlaced.png", "is transparent (alpha"),
          Map.entry("png/palette_trns.png", "is transparent (alpha"),
          Map.entry("png/rgba.png", "is transparent (alpha"));

  /** Why those are refused that Pillow refuses, too. */
  private static final Map<String, String> JUNK =
      Map.ofEntries(
          Map.entry("junk/.DS_Store", "is neither PNG nor JPEG nor WebP: it has 98 bytes"),
          Map.entry("junk/._photo.jpg", "is a macOS resource file"),
          Map.entry("junk/Thumbs.db", "is neither PNG nor JPEG nor WebP: it has 512 bytes"),
          Map.entry("junk/bomb_header.png", "has 60000 x 60000 pixels"),
          Map.entry("junk/crc.png", "has a wrong checksum"),
          Map.entry("junk/cut.jpg", "is cut off: its 1301 bytes have no JPEG end marker"),
          Map.entry("junk/cut.png", "is cut off after 4671 bytes"),
          Map.entry("junk/desktop.ini", "is not an image: it begins with \"[.ShellClassInfo]"),
          Map.entry("junk/labels.csv", "is not an image: it begins with \""),
          Map.entry("junk/page.jpg", "is not an image: it begins with \"<"),
          Map.entry("junk/text.png", "is not an image: it begins with \""),
          Map.entry("junk/zero.jpg", "is empty"),
          Map.entry("junk/zero.png", "is empty"));

  /**
   * Lossless samples are exact, but for 16 bits, of which Pillow takes the high byte. JPEG and its
   * colours go through libjpeg's accurate integer transform and tables on both sides, which gives
   * 0; a build of libjpeg with another transform rounds a sample differently by 1 at most. libwebp
   * may be built with another conversion from YUV.
   */
  private static int tolerance(JsonNode entry) {
    String format = entry.get("format").asText();
    boolean lossy = entry.get("file").asText().contains("lossy");
    return switch (format) {
      case "JPEG" -> 1;
      case "WEBP" -> lossy ? 3 : 0;
      default -> entry.get("file").asText().contains("16") ? 1 : 0;
    };
  }

  @Test
  void eachIsAsPillowReadsItOrRefusedWithItsReason() throws IOException {
    String data = System.getenv("DDPM_TEST_DATA");
    assumeTrue(data != null, "DDPM_TEST_DATA is not set: no awkward images to read");
    Map<String, NpyArray> pixels = pixels(Path.of(data, "images.decoded.npz"));
    Map<String, String> wrong = new TreeMap<>();
    int read = 0;
    int oriented = 0;
    for (JsonNode entry :
        new ObjectMapper().readTree(Path.of(data, "images.manifest.json").toFile())) {
      String name = entry.get("file").asText();
      byte[] file = Files.readAllBytes(Path.of(data, "images", name));
      ImageDecoder decoder = new ImageDecoder(1 << 24);
      String expected = entry.get("image").asBoolean() ? REFUSED.get(name) : JUNK.get(name);
      try {
        ByteImage image = decoder.decode(file, name);
        read++;
        oriented += (int) decoder.tally().oriented();
        assertEquals(
            entry.path("orientation").asInt(1) != 1, decoder.tally().oriented() == 1, name);
        assertEquals(
            entry.get("format").asText().equals("JPEG"), decoder.tally().jpegs() == 1, name);
        difference(pixels, entry, image).ifPresent(d -> wrong.put(name, d));
        if (expected != null) {
          wrong.put(name, "is read, but should be refused: " + expected);
        }
      } catch (BadImageException e) {
        if (expected == null
            || !e.getMessage().startsWith(name + " ")
            || !e.getMessage().contains(expected)) {
          wrong.put(name, e.getMessage());
        }
      }
    }
    assertTrue(wrong.isEmpty(), wrong.toString());
    assertEquals(90 - REFUSED.size() - JUNK.size(), read);
    assertEquals(8, oriented);
  }

  private static Map<String, NpyArray> pixels(Path npz) throws IOException {
    Map<String, NpyArray> arrays = new TreeMap<>();
    try (ZipFile zip = new ZipFile(npz.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        if (entry.getName().endsWith("/rgb.npy")) {
          arrays.put(entry.getName(), Npy.read(zip.getInputStream(entry), entry.getName()));
        }
      }
    }
    return arrays;
  }

  private static Optional<String> difference(
      Map<String, NpyArray> pixels, JsonNode entry, ByteImage image) {
    NpyArray rgb = pixels.get(entry.get("key").asText() + "/rgb.npy");
    int area = image.height() * image.width();
    if (rgb.shape()[0] != image.height() || rgb.shape()[1] != image.width()) {
      return Optional.of(image + " differs in size");
    }
    int largest = 0;
    for (int i = 0; i < 3 * area; i++) {
      int ours = image.data()[i % 3 * area + i / 3] & 0xFF;
      largest = Math.max(largest, Math.abs(ours - (rgb.data()[i] & 0xFF)));
    }
    return largest <= tolerance(entry)
        ? Optional.empty()
        : Optional.of("differs by " + largest + ", allowed " + tolerance(entry));
  }
}
