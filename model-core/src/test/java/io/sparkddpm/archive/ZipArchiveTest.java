package io.sparkddpm.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.zip.Zip64Mode;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;
import org.junit.jupiter.api.Test;

class ZipArchiveTest {
  private static final byte[] CONTENT = "some bytes, some bytes".getBytes(StandardCharsets.UTF_8);
  private static final int CENTRAL = 0x02014b50;

  private static byte[] zip(boolean stored, String... names) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (String name : names) {
        ZipEntry entry = new ZipEntry(name);
        if (stored) {
          CRC32 crc = new CRC32();
          crc.update(CONTENT);
          entry.setMethod(ZipEntry.STORED);
          entry.setSize(CONTENT.length);
          entry.setCrc(crc.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(CONTENT);
      }
    }
    return out.toByteArray();
  }

  private static ZipArchive open(byte[] bytes) {
    return new ZipArchive(new SeekableInMemoryByteChannel(bytes), "a.zip");
  }

  private static String refused(byte[] bytes) {
    return assertThrows(
            UserException.class,
            () -> {
              ZipArchive zip = open(bytes);
              for (ZipArchive.Entry entry : zip.entries()) {
                zip.read(entry);
              }
            })
        .getMessage();
  }

  /** Changes the field of entry {@code entry} at {@code offset} of its record in the directory. */
  private static byte[] changed(byte[] bytes, int entry, int offset, int length, long value) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
    int left = entry;
    for (int at = 0; at < bytes.length - 4; at++) {
      if (buffer.getInt(at) == CENTRAL && left-- == 0) {
        for (int i = 0; i < length; i++) {
          buffer.put(at + offset + i, (byte) (value >> 8 * i));
        }
      }
    }
    return buffer.array();
  }

  @Test
  void oneWrongBitIsToldByItsChecksum() throws IOException {
    byte[] whole = zip(true, "x.png");
    byte[] flipped = whole.clone();
    flipped[30 + 5 + 3] ^= 1;
    String message = refused(flipped);
    assertTrue(message.startsWith("a.zip is damaged: x.png has CRC-32 "), message);
    byte[] deflated = zip(false, "x.png");
    deflated[30 + 5 + 3] ^= 1;
    assertTrue(refused(deflated).startsWith("a.zip is damaged: x.png "), refused(deflated));
  }

  @Test
  void encryptedAndUnknownOnesAreNamed() throws IOException {
    byte[] whole = zip(true, "x.png");
    assertEquals(
        "a.zip: x.png is encrypted; unpack it with its password and zip it anew without one",
        refused(changed(whole, 0, 8, 2, 1)));
    assertEquals(
        "a.zip: x.png is compressed by LZMA; stored and deflated files are read",
        refused(changed(whole, 0, 10, 2, 14)));
    assertEquals(
        "a.zip: x.png is compressed by method 77; stored and deflated files are read",
        refused(changed(whole, 0, 10, 2, 77)));
  }

  @Test
  void lengthsThatCannotBeAreRefusedUnread() throws IOException {
    byte[] deflated = zip(false, "bomb.png");
    String message = refused(changed(deflated, 0, 24, 4, 0xFFFFFFF0L));
    assertTrue(message.contains("bomb.png is said to hold 4294967280 bytes"), message);
    message = refused(changed(deflated, 0, 24, 4, CONTENT.length - 1));
    assertTrue(message.contains("holds more than the 21 bytes of its directory"), message);
    message = refused(changed(zip(true, "x.png"), 0, 24, 4, CONTENT.length - 1));
    assertTrue(message.contains("packed bytes cannot"), message);
    message = refused(changed(deflated, 0, 42, 4, 1 << 20));
    assertTrue(message.contains("does not lie before the directory"), message);
  }

  @Test
  void twinsOverlapsAndOtherHeadersAreRefused() throws IOException {
    byte[] two = zip(true, "x.png", "y.png");
    assertEquals(
        "a.zip holds x.png twice; which of them is meant?", refused(changed(two, 1, 46, 1, 'x')));
    assertEquals(
        "a.zip is a damaged zip file: x.png and y.png overlap", refused(changed(two, 1, 42, 4, 0)));
    String message = refused(changed(two, 0, 46, 1, 'z'));
    assertTrue(message.contains("z.png has a header that says other than"), message);
    message = refused(changed(two, 0, 16, 4, 7));
    assertTrue(message.contains("x.png has a header that says other than"), message);
  }

  @Test
  void everyNumberOfEntriesIsCompared() throws IOException {
    byte[] two = zip(true, "x.png", "y.png");
    two[two.length - 12] = 1;
    assertEquals("a.zip is a damaged zip file: its directory has 2 entries, not 1", refused(two));
  }

  @Test
  void oldNamesAndLongFieldsAreRead() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(out)) {
      zip.setEncoding("IBM437");
      zip.setUseLanguageEncodingFlag(false);
      zip.setUseZip64(Zip64Mode.Always);
      zip.putArchiveEntry(new ZipArchiveEntry("é.png"));
      zip.write(CONTENT);
      zip.closeArchiveEntry();
    }
    assertTrue(Charset.isSupported("IBM437"));
    ZipArchive zip = open(out.toByteArray());
    List<ZipArchive.Entry> entries = zip.entries();
    assertEquals("é.png", entries.get(0).name());
    assertArrayEquals(CONTENT, zip.read(entries.get(0)));
  }

  @Test
  void claimsOfArraysAreComparedWithTheirEntries() throws IOException {
    byte[] npy = Npy.write(NpyArray.of(new float[] {1, 2}, 2));
    for (String shape : List.of("(9,)", "(-2,)", "(99999999999,)", "(2147483647,2147483647,9)")) {
      String header = new String(npy, StandardCharsets.ISO_8859_1);
      int end = header.indexOf("(2,), }") + "(2,), }".length();
      byte[] claim =
          (header.substring(0, end).replace("(2,)", shape)
                  + header.substring(end + shape.length() - 4))
              .getBytes(StandardCharsets.ISO_8859_1);
      String message =
          assertThrows(
                  UserException.class,
                  () -> Npy.read(new ByteArrayInputStream(claim), "a.npz[x]", claim.length))
              .getMessage();
      assertTrue(message.startsWith("a.npz[x]"), message);
      assertTrue(message.contains("header"), message);
    }
  }
}
