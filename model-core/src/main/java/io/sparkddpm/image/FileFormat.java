package io.sparkddpm.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** The kinds of image file that are read, recognised by their content alone. */
public enum FileFormat {
  PNG("PNG"),
  JPEG("JPEG"),
  WEBP("WebP");

  /** So many bytes at a file's start tell what it is. */
  public static final int HEAD = 12;

  private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final byte[] JPEG_START = {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF};
  private static final byte[] RIFF = "RIFF".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WEBP_TYPE = "WEBP".getBytes(StandardCharsets.US_ASCII);

  private final String title;

  FileFormat(String title) {
    this.title = title;
  }

  /** As it is written in messages: "PNG", "JPEG", "WebP". */
  public String title() {
    return title;
  }

  /**
   * What a file is by its first bytes; its name does not matter.
   *
   * @param start at least {@link #HEAD} bytes, or the whole file if it is shorter
   */
  public static Optional<FileFormat> of(byte[] start) {
    if (holds(start, 0, PNG_SIGNATURE)) {
      return Optional.of(PNG);
    }
    if (holds(start, 0, JPEG_START)) {
      return Optional.of(JPEG);
    }
    return holds(start, 0, RIFF) && holds(start, 8, WEBP_TYPE)
        ? Optional.of(WEBP)
        : Optional.empty();
  }

  static boolean holds(byte[] bytes, int at, byte[] expected) {
    return bytes.length >= at + expected.length
        && Arrays.equals(bytes, at, at + expected.length, expected, 0, expected.length);
  }
}
