package io.sparkddpm.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A WebP file's outer structure: whether it is whole, and one image. */
final class WebpChunks {
  private static final byte[] RIFF = "RIFF".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WEBP = "WEBP".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EXTENDED = "VP8X".getBytes(StandardCharsets.US_ASCII);
  private static final int FLAGS = 20;
  private static final int ANIMATION = 0x02;

  private WebpChunks() {}

  static boolean isWebp(byte[] bytes) {
    return bytes.length >= 12 && matches(bytes, 0, RIFF) && matches(bytes, 8, WEBP);
  }

  static void check(byte[] bytes, String source) {
    long size = 0;
    for (int i = 7; i >= 4; i--) {
      size = size << 8 | (bytes[i] & 0xFF);
    }
    if (bytes.length < size + 8) {
      throw new BadImageException(
          "%s is cut off: it has %d bytes of %d", source, bytes.length, size + 8);
    }
    if (bytes.length > FLAGS && matches(bytes, 12, EXTENDED) && (bytes[FLAGS] & ANIMATION) != 0) {
      throw new BadImageException("%s is animated; still images are accepted", source);
    }
  }

  private static boolean matches(byte[] bytes, int at, byte[] expected) {
    return bytes.length >= at + 4 && Arrays.equals(bytes, at, at + 4, expected, 0, 4);
  }
}
