package io.sparkddpm.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Says what a file that is no image of ours looks like. */
final class ForeignFile {
  private static final int SHOWN_CHARACTERS = 24;
  private static final int SHOWN_BYTES = 8;

  /** First bytes, as Latin-1, of kinds that people take for images. */
  private static final Map<String, String> KNOWN =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("GIF8", "a GIF image"),
              Map.entry("BM", "a BMP image"),
              Map.entry("II*\0", "a TIFF image"),
              Map.entry("MM\0*", "a TIFF image"),
              Map.entry("\0\0\0\fjP  ", "a JPEG 2000 image"),
              Map.entry("\u00ff\u004f\u00ff\u0051", "a JPEG 2000 image"),
              Map.entry("\u00ff\n", "a JPEG XL image"),
              Map.entry("8BPS", "a Photoshop file"),
              Map.entry("%PDF", "a PDF file"),
              Map.entry("PK\3\4", "a zip file"),
              Map.entry("\u001f\u008b", "a gzip file"),
              Map.entry("\0\5\26\7", "a macOS resource file"),
              Map.entry("\u0093NUMPY", "a NumPy array")));

  private ForeignFile() {}

  /** A clause that follows the file's name: "is a GIF image; PNG, JPEG and WebP are accepted". */
  static String describe(byte[] file) {
    if (file.length == 0) {
      return "is empty";
    }
    String start =
        new String(file, 0, Math.min(SHOWN_CHARACTERS, file.length), StandardCharsets.ISO_8859_1);
    for (Map.Entry<String, String> kind : KNOWN.entrySet()) {
      boolean chance = kind.getKey().length() < 3 && isText(start); // text may begin with BM
      if (start.startsWith(kind.getKey()) && !chance) {
        return "is " + kind.getValue() + "; PNG, JPEG and WebP are accepted";
      }
    }
    if (isText(start)) {
      return "is not an image: it begins with \"" + start.strip().replaceAll("\\s+", " ") + "\"";
    }
    return String.format(
        Locale.ROOT,
        "is neither PNG nor JPEG nor WebP: it has %d bytes and begins with %s",
        file.length,
        hex(file));
  }

  private static boolean isText(String start) {
    return start
        .chars()
        .allMatch(c -> (c >= ' ' && c < 0x7F) || c == '\n' || c == '\r' || c == '\t');
  }

  private static String hex(byte[] file) {
    StringBuilder text = new StringBuilder();
    for (byte b : Arrays.copyOf(file, Math.min(SHOWN_BYTES, file.length))) {
      text.append(text.length() == 0 ? "" : " ").append(String.format(Locale.ROOT, "%02x", b));
    }
    return text.toString();
  }
}
