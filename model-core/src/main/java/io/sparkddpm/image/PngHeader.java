package io.sparkddpm.image;

import java.nio.ByteBuffer;

/**
 * A PNG file's IHDR chunk.
 *
 * @param bits of a sample, or of a palette index
 * @param colour type: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha
 */
record PngHeader(int width, int height, int bits, int colour, boolean interlaced) {
  static final int GREY = 0;
  static final int RGB = 2;
  static final int PALETTE = 3;
  static final int GREY_ALPHA = 4;
  static final int RGB_ALPHA = 6;
  private static final int LENGTH = 13;

  /**
   * @throws BadImageException if PNG has no such images
   */
  static PngHeader read(ByteBuffer chunk, String source) {
    if (chunk.remaining() != LENGTH) {
      throw new BadImageException(
          "%s is damaged: its PNG header has %d bytes instead of %d",
          source, chunk.remaining(), LENGTH);
    }
    int width = chunk.getInt();
    int height = chunk.getInt();
    int bits = chunk.get() & 0xFF;
    int colour = chunk.get() & 0xFF;
    int compression = chunk.get() & 0xFF;
    int filter = chunk.get() & 0xFF;
    int interlace = chunk.get() & 0xFF;
    boolean depth =
        switch (colour) {
          case GREY -> bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
          case PALETTE -> bits == 1 || bits == 2 || bits == 4 || bits == 8;
          case RGB, GREY_ALPHA, RGB_ALPHA -> bits == 8 || bits == 16;
          default -> false;
        };
    if (width <= 0 || height <= 0 || !depth || compression + filter != 0 || interlace > 1) {
      throw new BadImageException(
          "%s is damaged: its PNG header says %d x %d pixels of %d bits, colour type %d,"
              + " compression %d, filter %d, interlacing %d, which is no PNG image",
          source, width, height, bits, colour, compression, filter, interlace);
    }
    return new PngHeader(width, height, bits, colour, interlace == 1);
  }

  /** Samples of a pixel as they are stored. */
  int samples() {
    return switch (colour) {
      case GREY_ALPHA -> 2;
      case RGB -> 3;
      case RGB_ALPHA -> 4;
      default -> 1;
    };
  }

  boolean alpha() {
    return colour == GREY_ALPHA || colour == RGB_ALPHA;
  }

  /** Bytes of a row of so many pixels, without the filter's. */
  long rowBytes(long pixels) {
    return (pixels * samples() * bits + 7) / 8;
  }
}
