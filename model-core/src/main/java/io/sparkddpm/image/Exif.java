package io.sparkddpm.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The one entry of EXIF data that matters here: how the camera was held. */
final class Exif {
  static final int UPRIGHT = 1;
  private static final int LITTLE_ENDIAN = 0x4949;
  private static final int BIG_ENDIAN = 0x4D4D;
  private static final int MAGIC = 42;
  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;
  private static final int ENTRY_BYTES = 12;

  private Exif() {}

  /**
   * The orientation, 1 to 8, that a TIFF structure holds in its first directory; {@link #UPRIGHT}
   * if it has none, or is damaged: pixels do not depend on it.
   */
  static int orientation(byte[] file, int at, int length) {
    ByteBuffer tiff = ByteBuffer.wrap(file, at, length).slice();
    if (length < 8) {
      return UPRIGHT;
    }
    int order = tiff.getShort(0);
    if (order != LITTLE_ENDIAN && order != BIG_ENDIAN) {
      return UPRIGHT;
    }
    tiff.order(order == LITTLE_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int directory = tiff.getInt(4);
    if (tiff.getShort(2) != MAGIC || directory < 8 || directory > length - 2) {
      return UPRIGHT;
    }
    int entries = tiff.getShort(directory) & 0xFFFF;
    for (int i = 0; i < entries; i++) {
      long entry = directory + 2L + (long) i * ENTRY_BYTES;
      if (entry + ENTRY_BYTES > length) {
        return UPRIGHT;
      }
      if (tiff.getShort((int) entry) == ORIENTATION && tiff.getShort((int) entry + 2) == SHORT) {
        int value = tiff.getShort((int) entry + 8);
        return value >= 1 && value <= 8 ? value : UPRIGHT;
      }
    }
    return UPRIGHT;
  }
}
