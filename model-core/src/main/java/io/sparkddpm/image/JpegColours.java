package io.sparkddpm.image;

/**
 * Decoded JPEG components to RGB: libjpeg's integer arithmetic of 16 fractional bits (jdcolor.c),
 * so that no bit differs from it, and Pillow's conversion of CMYK.
 */
final class JpegColours {
  private static final int HALF = 1 << 15;
  private static final int CENTRE = 128;
  private static final int[] RED_OF_CR = new int[256];
  private static final int[] BLUE_OF_CB = new int[256];
  private static final int[] GREEN_OF_CR = new int[256];
  private static final int[] GREEN_OF_CB = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int x = i - CENTRE;
      RED_OF_CR[i] = (fixed(1.40200) * x + HALF) >> 16;
      BLUE_OF_CB[i] = (fixed(1.77200) * x + HALF) >> 16;
      GREEN_OF_CR[i] = -fixed(0.71414) * x;
      GREEN_OF_CB[i] = -fixed(0.34414) * x + HALF;
    }
  }

  private JpegColours() {}

  private static int fixed(double x) {
    return (int) (x * (1 << 16) + 0.5);
  }

  /**
   * Converts a row.
   *
   * @param row interleaved components of {@code pixels} pixels
   * @param out planes of {@code area} values each; of grey images only the first is written
   * @param to where the row begins in a plane
   */
  static void toRgb(
      JpegFrame.Colours colours, byte[] row, int pixels, byte[] out, int area, int to) {
    switch (colours) {
      case GREY -> System.arraycopy(row, 0, out, to, pixels);
      case RGB -> {
        for (int i = 0; i < pixels; i++) {
          out[to + i] = row[3 * i];
          out[area + to + i] = row[3 * i + 1];
          out[2 * area + to + i] = row[3 * i + 2];
        }
      }
      case YCBCR -> {
        for (int i = 0; i < pixels; i++) {
          int y = row[3 * i] & 0xFF;
          int cb = row[3 * i + 1] & 0xFF;
          int cr = row[3 * i + 2] & 0xFF;
          out[to + i] = (byte) clamp(y + RED_OF_CR[cr]);
          out[area + to + i] = (byte) clamp(y + green(cb, cr));
          out[2 * area + to + i] = (byte) clamp(y + BLUE_OF_CB[cb]);
        }
      }
      case CMYK, YCCK -> {
        boolean ycck = colours == JpegFrame.Colours.YCCK;
        for (int i = 0; i < pixels; i++) {
          fourToRgb(row, 4 * i, ycck, out, area, to + i);
        }
      }
    }
  }

  private static int green(int cb, int cr) {
    return (GREEN_OF_CB[cb] + GREEN_OF_CR[cr]) >> 16;
  }

  private static int clamp(int value) {
    return value < 0 ? 0 : Math.min(value, 255);
  }

  /** Inks are stored inverted, as Adobe does and Pillow takes for granted: 255 is no ink. */
  private static void fourToRgb(byte[] row, int at, boolean ycck, byte[] out, int area, int to) {
    int c = row[at] & 0xFF;
    int m = row[at + 1] & 0xFF;
    int y = row[at + 2] & 0xFF;
    if (ycck) {
      int luma = c;
      int cb = m;
      int cr = y;
      c = 255 - clamp(luma + RED_OF_CR[cr]);
      m = 255 - clamp(luma + green(cb, cr));
      y = 255 - clamp(luma + BLUE_OF_CB[cb]);
    }
    int k = row[at + 3] & 0xFF;
    out[to] = (byte) underBlack(c, k);
    out[area + to] = (byte) underBlack(m, k);
    out[2 * area + to] = (byte) underBlack(y, k);
  }

  /** k - (255 - ink)·k/255, rounded as Pillow does. */
  private static int underBlack(int ink, int k) {
    int product = (255 - ink) * k + CENTRE;
    return clamp(k - (((product >> 8) + product) >> 8));
  }
}
