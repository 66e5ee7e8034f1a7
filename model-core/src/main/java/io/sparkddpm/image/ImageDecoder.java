package io.sparkddpm.image;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Optional;

/**
 * The one way in for image files of all commands: bytes to pixels, or a refusal that names file and
 * reason. What a file is goes by its content. Samples are taken as stored: colour profiles, gamma
 * and EXIF orientation are ignored, as Pillow does by default. Counts what it meets; for one
 * thread.
 */
public final class ImageDecoder {
  private final DecodeLimit limit;
  private ImageTally tally = ImageTally.NONE;

  /**
   * @param heapBytes that decoding one image may take
   */
  public ImageDecoder(long heapBytes) {
    checkArgument(heapBytes > 0, "decoding needs memory, got %s bytes", heapBytes);
    this.limit = new DecodeLimit(heapBytes);
  }

  /**
   * Decodes a PNG, JPEG or WebP file to [3, H, W]: grey is repeated, 16-bit samples are rounded to
   * 8, a palette is applied, CMYK becomes RGB as Pillow makes it, an alpha channel must be opaque.
   *
   * @param source the file's name, for messages
   * @throws BadImageException if it is none of them, cut off, damaged, transparent, animated or too
   *     large
   */
  public ByteImage decode(byte[] file, String source) {
    DecodedImage decoded = decode(file, source, limit);
    boolean jpeg = decoded.format() == FileFormat.JPEG;
    tally = tally.plus(new ImageTally(1, jpeg ? 1 : 0, decoded.oriented() ? 1 : 0));
    return decoded.image();
  }

  /** Whether so many bytes of heap may be taken. */
  public boolean hasRoomFor(long heapBytes) {
    return heapBytes <= limit.bytes();
  }

  /**
   * The refusal of a file that is too large to be read at all.
   *
   * @param bytes that it has
   * @param source the file's name, for messages
   */
  public BadImageException tooLong(long bytes, String source) {
    return limit.tooLong(bytes, source);
  }

  /** Of the images decoded so far. */
  public ImageTally tally() {
    return tally;
  }

  static DecodedImage decode(byte[] file, String source, DecodeLimit limit) {
    Optional<FileFormat> format = FileFormat.of(file);
    if (format.isEmpty()) {
      throw new BadImageException("%s %s", source, ForeignFile.describe(file));
    }
    return switch (format.get()) {
      case PNG -> PngReader.decode(file, source, limit);
      case JPEG -> JpegReader.decode(file, source, limit);
      case WEBP -> WebpReader.decode(file, source, limit);
    };
  }
}
