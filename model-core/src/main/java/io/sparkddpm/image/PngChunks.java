package io.sparkddpm.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/** A PNG file's outer structure: the JDK's reader forgives damage that this finds. */
final class PngChunks {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  private PngChunks() {}

  static boolean isPng(byte[] bytes) {
    return bytes.length >= SIGNATURE.length
        && Arrays.equals(bytes, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length);
  }

  /** Checks every chunk's length and CRC up to the end chunk. */
  static void check(byte[] bytes, String source) {
    ByteBuffer in = ByteBuffer.wrap(bytes).position(SIGNATURE.length);
    while (true) {
      int start = in.position();
      if (in.remaining() < 12) {
        throw new BadImageException(
            "%s is cut off: a PNG chunk should begin at byte %d", source, start);
      }
      int length = in.getInt();
      if (length < 0 || length > in.remaining() - 8) {
        throw new BadImageException(
            "%s is cut off or damaged: the PNG chunk at byte %d reaches beyond the end",
            source, start);
      }
      String type = new String(bytes, start + 4, 4, StandardCharsets.ISO_8859_1);
      CRC32 crc = new CRC32();
      crc.update(bytes, start + 4, 4 + length);
      in.position(start + 8 + length);
      if (in.getInt() != (int) crc.getValue()) {
        throw new BadImageException(
            "%s is damaged: the PNG chunk at byte %d has a wrong checksum", source, start);
      }
      if (type.equals("IEND")) {
        return;
      }
    }
  }
}
