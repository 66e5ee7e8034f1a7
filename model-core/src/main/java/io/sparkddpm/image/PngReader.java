package io.sparkddpm.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * PNG (ISO/IEC 15948). Of the chunks, only those that decide the stored samples are looked into, so
 * profiles and texts are never inflated; the checksum of each is compared. Java's own reader
 * forgives damage, takes transparent grey of 2 and 4 bits for opaque and holds an image twice.
 */
final class PngReader {
  private static final int SIGNATURE = 8;
  private static final int CHUNK_OVERHEAD = 12;
  private static final int ANCILLARY = 0x20;

  private final byte[] file;
  private final String source;
  private final DecodeLimit limit;
  private final List<ByteBuffer> data = new ArrayList<>();
  private PngHeader header;
  private ByteBuffer palette;
  private ByteBuffer transparency;
  private int orientation = Exif.UPRIGHT;

  private PngReader(byte[] file, String source, DecodeLimit limit) {
    this.file = file;
    this.source = source;
    this.limit = limit;
  }

  static DecodedImage decode(byte[] file, String source, DecodeLimit limit) {
    PngReader reader = new PngReader(file, source, limit);
    reader.readChunks();
    return reader.image();
  }

  private BadImageException damaged(String what, Object... args) {
    return new BadImageException(source.replace("%", "%%") + " is damaged: " + what, args);
  }

  private void readChunks() {
    int at = SIGNATURE;
    String last = "";
    while (!last.equals("IEND")) {
      if (file.length - at < CHUNK_OVERHEAD) {
        throw new BadImageException(
            "%s is cut off after %d bytes: a PNG chunk should begin at byte %d",
            source, file.length, at);
      }
      ByteBuffer in = ByteBuffer.wrap(file);
      int length = in.getInt(at);
      String type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
      if (length < 0 || length > file.length - at - CHUNK_OVERHEAD) {
        throw new BadImageException(
            "%s is cut off after %d bytes, or damaged: the PNG chunk at byte %d should have %d",
            source, file.length, at, Integer.toUnsignedLong(length));
      }
      CRC32 crc = new CRC32();
      crc.update(file, at + 4, 4 + length);
      if (in.getInt(at + 8 + length) != (int) crc.getValue()) {
        throw damaged("the PNG chunk at byte %d has a wrong checksum", at);
      }
      if (header == null && !type.equals("IHDR")) {
        throw damaged("its first PNG chunk is no header");
      }
      take(type, in.slice(at + 8, length), last);
      last = type;
      at += CHUNK_OVERHEAD + length;
    }
  }

  private void take(String type, ByteBuffer chunk, String last) {
    switch (type) {
      case "IHDR" -> {
        if (header != null) {
          throw damaged("it has two PNG headers");
        }
        header = PngHeader.read(chunk, source);
        long rows = 2 * header.rowBytes(header.width());
        limit.check(header.width(), header.height(), 3, rows + file.length, source);
      }
      case "PLTE" -> {
        if (palette != null || !data.isEmpty() || chunk.remaining() % 3 != 0) {
          throw damaged("its palette is misplaced or of %d bytes", chunk.remaining());
        }
        palette = chunk;
      }
      case "tRNS" -> transparency = chunk;
      case "IDAT" -> {
        if (!data.isEmpty() && !last.equals("IDAT")) {
          throw damaged("chunks lie between those of its pixels");
        }
        data.add(chunk);
      }
      case "eXIf" ->
          orientation =
              Exif.orientation(file, chunk.arrayOffset() + chunk.position(), chunk.remaining());
      case "acTL" ->
          throw new BadImageException("%s is animated; still images are accepted", source);
      case "IEND" -> {}
      default -> {
        if ((type.charAt(0) & ANCILLARY) == 0) {
          throw damaged("it has a PNG chunk of the unknown kind %s", type);
        }
      }
    }
  }

  private DecodedImage image() {
    if (data.isEmpty()) {
      throw damaged("it has no pixels");
    }
    PngColours colours = PngColours.of(header, palette, transparency, source);
    ByteImage image = new PngPixels(header, colours, data, source).read();
    return new DecodedImage(image, FileFormat.PNG, orientation);
  }
}
