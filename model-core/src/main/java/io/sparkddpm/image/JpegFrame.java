package io.sparkddpm.image;

/**
 * What a JPEG file's header and markers say of its pixels.
 *
 * @param ids of the components, one byte each in order
 * @param progressive whether all coefficients are held while decoding
 * @param jfif whether there is a JFIF marker
 * @param adobe transform that Adobe's marker names, or {@link #NO_ADOBE}
 */
record JpegFrame(
    int width, int height, int components, int ids, boolean progressive, boolean jfif, int adobe) {
  static final int NO_ADOBE = -1;
  private static final int BASELINE = 0xC0;
  private static final int EXTENDED = 0xC1;
  private static final int PROGRESSIVE = 0xC2;
  private static final int IDS_RGB = 'R' << 16 | 'G' << 8 | 'B';

  /** What the components mean. */
  enum Colours {
    GREY,
    RGB,
    YCBCR,
    CMYK,
    YCCK
  }

  static JpegFrame read(byte[] file, int at, int length, int marker, String source) {
    if (marker != BASELINE && marker != EXTENDED && marker != PROGRESSIVE) {
      throw new BadImageException(
          "%s is a JPEG of a rare kind (lossless, hierarchical or arithmetic: marker %x); baseline"
              + " and progressive are accepted",
          source, marker);
    }
    if (length < 6) {
      throw new BadImageException("%s is damaged: its JPEG header has %d bytes", source, length);
    }
    int bits = file[at] & 0xFF;
    int height = (file[at + 1] & 0xFF) << 8 | (file[at + 2] & 0xFF);
    int width = (file[at + 3] & 0xFF) << 8 | (file[at + 4] & 0xFF);
    int components = file[at + 5] & 0xFF;
    if (bits != 8 || (components != 1 && components != 3 && components != 4)) {
      throw new BadImageException(
          "%s is a JPEG of %d components of %d bits; 1, 3 or 4 of 8 bits are accepted",
          source, components, bits);
    }
    if (width == 0 || height == 0 || length != 6 + 3 * components) {
      throw new BadImageException(
          "%s is damaged: its JPEG header says %d x %d pixels in %d bytes",
          source, width, height, length);
    }
    int ids = 0;
    for (int c = 0; c < components; c++) {
      ids = ids << 8 | (file[at + 6 + 3 * c] & 0xFF);
    }
    return new JpegFrame(width, height, components, ids, marker == PROGRESSIVE, false, NO_ADOBE);
  }

  JpegFrame withMarkers(boolean hasJfif, int adobeTransform) {
    return new JpegFrame(width, height, components, ids, progressive, hasJfif, adobeTransform);
  }

  /** By the rules of libjpeg, which Pillow follows: default_decompress_parms in its jdapimin.c. */
  Colours colours() {
    if (components == 1) {
      return Colours.GREY;
    }
    if (components == 4) {
      return adobe == NO_ADOBE || adobe == 0 ? Colours.CMYK : Colours.YCCK;
    }
    if (jfif) {
      return Colours.YCBCR;
    }
    boolean rgb = adobe == NO_ADOBE ? ids == IDS_RGB : adobe == 0;
    return rgb ? Colours.RGB : Colours.YCBCR;
  }
}
