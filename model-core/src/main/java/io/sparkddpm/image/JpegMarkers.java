package io.sparkddpm.image;

/** A JPEG file's outer structure: the JDK's reader paints what is cut off grey. */
final class JpegMarkers {
  private static final int START = 0xD8;
  private static final int END = 0xD9;
  private static final int SCAN = 0xDA;
  private static final int FIRST_RESTART = 0xD0;
  private static final int LAST_RESTART = 0xD7;

  private JpegMarkers() {}

  static boolean isJpeg(byte[] bytes) {
    return bytes.length >= 3
        && (bytes[0] & 0xFF) == 0xFF
        && (bytes[1] & 0xFF) == START
        && (bytes[2] & 0xFF) == 0xFF;
  }

  /** Follows the markers to the one that ends the image; what comes after it does not matter. */
  static void check(byte[] bytes, String source) {
    int at = 2;
    while (at + 2 <= bytes.length) {
      int marker = bytes[at + 1] & 0xFF;
      if ((bytes[at] & 0xFF) != 0xFF) {
        throw new BadImageException(
            "%s is damaged: a JPEG marker should begin at byte %d", source, at);
      }
      if (marker == END) {
        return;
      }
      if (marker == 0xFF) { // padding
        at++;
      } else if (at + 4 > bytes.length) {
        break;
      } else {
        at += 2 + (((bytes[at + 2] & 0xFF) << 8) | (bytes[at + 3] & 0xFF));
        if (marker == SCAN) {
          at = endOfScan(bytes, at);
        }
      }
    }
    throw new BadImageException(
        "%s is cut off: its %d bytes have no JPEG end marker", source, bytes.length);
  }

  /** Where the next marker begins that does not belong to the entropy-coded data. */
  private static int endOfScan(byte[] bytes, int start) {
    for (int at = start; at + 1 < bytes.length; at++) {
      int next = bytes[at + 1] & 0xFF;
      boolean inScan = next == 0 || (next >= FIRST_RESTART && next <= LAST_RESTART);
      if ((bytes[at] & 0xFF) == 0xFF && !inScan) {
        return at;
      }
    }
    return bytes.length;
  }
}
