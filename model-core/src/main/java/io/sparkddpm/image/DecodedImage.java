package io.sparkddpm.image;

/**
 * An image file's content.
 *
 * @param image [3, H, W] as stored, not turned
 * @param format what the file is
 * @param orientation EXIF's, 1 (upright or unknown) to 8
 */
public record DecodedImage(ByteImage image, FileFormat format, int orientation) {
  /** Whether EXIF data says that the picture is to be turned or mirrored. */
  public boolean oriented() {
    return orientation != Exif.UPRIGHT;
  }
}
