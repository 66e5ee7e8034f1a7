package io.sparkddpm.image;

import java.nio.ByteBuffer;

/** Puts a row of PNG samples into the planes of an image: depth, palette and transparency. */
abstract class PngColours {
  private static final int OPAQUE = 255;

  final PngHeader header;
  final String source;

  private PngColours(PngHeader header, String source) {
    this.header = header;
    this.source = source;
  }

  /**
   * @param palette the PLTE chunk, or null
   * @param transparency the tRNS chunk, or null
   */
  static PngColours of(
      PngHeader header, ByteBuffer palette, ByteBuffer transparency, String source) {
    if (header.colour() == PngHeader.PALETTE) {
      if (palette == null || !palette.hasRemaining()) {
        throw new BadImageException("%s is damaged: it has no palette", source);
      }
      return new Indexed(header, palette, transparency, source);
    }
    return new Direct(header, header.alpha() ? null : transparency, source);
  }

  /**
   * Takes a row of one interlacing pass.
   *
   * @param row unfiltered, from {@code at}
   * @param pixels of the row
   * @param out planes [3, H, W]; of grey images only the first is written
   * @param x column of the first pixel
   * @param step columns from one to the next
   */
  abstract void put(byte[] row, int at, int pixels, byte[] out, int y, int x, int step);

  /** Whether the first plane stands for all three. */
  boolean grey() {
    return header.colour() == PngHeader.GREY || header.colour() == PngHeader.GREY_ALPHA;
  }

  /** Sample number {@code i} of a row. */
  static int sample(byte[] row, int at, int i, int bits) {
    if (bits == 8) {
      return row[at + i] & 0xFF;
    }
    if (bits == 16) {
      return (row[at + 2 * i] & 0xFF) << 8 | (row[at + 2 * i + 1] & 0xFF);
    }
    int bit = i * bits;
    return (row[at + (bit >> 3)] & 0xFF) >> (8 - bits - (bit & 7)) & ((1 << bits) - 1);
  }

  void transparent(int alpha, int opaque, int y, int x) {
    throw new BadImageException(
        "%s is transparent (alpha %d of %d at row %d, column %d): paint it on a background first",
        source, alpha, opaque, y, x);
  }

  /** Grey and RGB, with or without alpha. */
  private static final class Direct extends PngColours {
    private final int bits;
    private final int samples;
    private final int colours;
    private final int largest;
    private final int[] clear;

    Direct(PngHeader header, ByteBuffer transparency, String source) {
      super(header, source);
      this.bits = header.bits();
      this.samples = header.samples();
      this.colours = samples - (header.alpha() ? 1 : 0);
      this.largest = (1 << bits) - 1;
      this.clear = transparency == null ? null : new int[colours];
      if (clear != null) {
        if (transparency.remaining() != 2 * colours) {
          throw new BadImageException(
              "%s is damaged: its transparent colour has %d bytes",
              source, transparency.remaining());
        }
        for (int c = 0; c < colours; c++) {
          clear[c] = transparency.getShort(2 * c) & largest;
        }
      }
    }

    @Override
    void put(byte[] row, int at, int pixels, byte[] out, int y, int x, int step) {
      int area = header.width() * header.height();
      int to = y * header.width() + x;
      for (int i = 0; i < pixels; i++) {
        boolean hidden = clear != null;
        for (int c = 0; c < colours; c++) {
          int value = sample(row, at, i * samples + c, bits);
          hidden = hidden && value == clear[c];
          out[c * area + to + i * step] = (byte) toByte(value);
        }
        if (hidden) {
          transparent(0, largest, y, x + i * step);
        }
        if (colours < samples) {
          int alpha = sample(row, at, i * samples + colours, bits);
          if (alpha != largest) {
            transparent(alpha, largest, y, x + i * step);
          }
        }
      }
    }

    /** 0…2^bits - 1 to 0…255, rounded; exact for less than 16 bits. */
    private int toByte(int value) {
      return bits == 8 ? value : (int) ((value * 255L + largest / 2) / largest);
    }
  }

  private static final class Indexed extends PngColours {
    private final int entries;
    private final byte[] rgb;
    private final int[] alpha;

    Indexed(PngHeader header, ByteBuffer palette, ByteBuffer transparency, String source) {
      super(header, source);
      this.entries = palette.remaining() / 3;
      this.rgb = new byte[3 * entries];
      palette.duplicate().get(rgb);
      int given = transparency == null ? 0 : transparency.remaining();
      if (given > entries) {
        throw new BadImageException(
            "%s is damaged: %d alpha values for %d palette entries", source, given, entries);
      }
      this.alpha = new int[entries];
      for (int i = 0; i < entries; i++) {
        alpha[i] = i < given ? transparency.get(i) & 0xFF : OPAQUE;
      }
    }

    @Override
    void put(byte[] row, int at, int pixels, byte[] out, int y, int x, int step) {
      int area = header.width() * header.height();
      int to = y * header.width() + x;
      for (int i = 0; i < pixels; i++) {
        int index = sample(row, at, i, header.bits());
        if (index >= entries) {
          throw new BadImageException(
              "%s is damaged: colour %d of a palette of %d at row %d, column %d",
              source, index, entries, y, x + i * step);
        }
        if (alpha[index] != OPAQUE) {
          transparent(alpha[index], OPAQUE, y, x + i * step);
        }
        for (int c = 0; c < 3; c++) {
          out[c * area + to + i * step] = rgb[3 * index + c];
        }
      }
    }
  }
}
