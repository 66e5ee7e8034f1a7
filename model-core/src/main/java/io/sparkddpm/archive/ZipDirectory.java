package io.sparkddpm.archive;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A zip file's directory, which stands at its end. */
final class ZipDirectory {
  static final int SEE_ZIP64 = 0xFFFFFFFF;

  private static final int END = 0x06054b50;
  private static final int END64 = 0x06064b50;
  private static final int LOCATOR64 = 0x07064b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int END_LENGTH = 22;
  private static final int END64_LENGTH = 56;
  private static final int LOCATOR64_LENGTH = 20;
  private static final int CENTRAL_LENGTH = 46;
  private static final int LOCAL_LENGTH = 30;
  private static final int LONGEST_COMMENT = 65_535;
  private static final int UTF8 = 1 << 11;
  private static final Charset DOS = Charset.forName("IBM437");

  /** Deflate makes at most 258 bytes of 2 bits. */
  private static final long LARGEST_RATIO = 1032;

  private final ZipArchive zip;
  private final String source;

  ZipDirectory(ZipArchive zip, String source) {
    this.zip = zip;
    this.source = source;
  }

  List<ZipArchive.Entry> entries() throws IOException {
    try {
      return checked(directory());
    } catch (IndexOutOfBoundsException | IllegalArgumentException | BufferUnderflowException e) {
      throw zip.damaged("its directory ends in the middle of an entry");
    }
  }

  /** The directory's bytes, how many entries it says it has, and where it begins. */
  private record Directory(ByteBuffer bytes, long count, long offset, boolean wide) {}

  private Directory directory() throws IOException {
    long length = zip.length();
    int tail = (int) Math.min(length, END_LENGTH + LONGEST_COMMENT);
    ByteBuffer end = zip.read(length - tail, tail);
    int at = tail - END_LENGTH;
    while (at >= 0 && !isEnd(end, at)) {
      at--;
    }
    if (at < 0) {
      throw new UserException("%s is not a zip file, or cut off: it has no directory", source);
    }
    long count = end.getShort(at + 10) & 0xFFFF;
    long size = unsigned(end.getInt(at + 12));
    long offset = unsigned(end.getInt(at + 16));
    long endOfDirectory = length - tail + at;
    boolean wide = at >= LOCATOR64_LENGTH && end.getInt(at - LOCATOR64_LENGTH) == LOCATOR64;
    if (wide) {
      endOfDirectory = end.getLong(at - 12);
      ByteBuffer end64 = zip.read(endOfDirectory, END64_LENGTH);
      if (end64.getInt(0) != END64) {
        throw zip.damaged("its ZIP64 directory is not where it should be");
      }
      count = end64.getLong(32);
      size = end64.getLong(40);
      offset = end64.getLong(48);
    } else if (end.getShort(at + 4) != 0 || end.getShort(at + 6) != 0) {
      throw new UserException("%s is one volume of several; join them into one zip file", source);
    }
    if (offset < 0 || size < 0 || offset > length || offset + size != endOfDirectory) {
      throw zip.damaged("its directory is not where its end says");
    }
    if (size > Integer.MAX_VALUE - 8) {
      throw new UserException("%s has a directory of %d bytes: too large", source, size);
    }
    return new Directory(zip.read(offset, (int) size), count, offset, wide);
  }

  private static boolean isEnd(ByteBuffer end, int at) {
    return end.getInt(at) == END
        && at + END_LENGTH + (end.getShort(at + 20) & 0xFFFF) <= end.limit();
  }

  private List<ZipArchive.Entry> checked(Directory directory) {
    List<ZipArchive.Entry> entries = new ArrayList<>();
    long found = 0;
    while (directory.bytes.hasRemaining()) {
      ZipArchive.Entry entry = entry(directory.bytes, found);
      found++;
      if (!entry.name().endsWith("/")) {
        checkLengths(entry, directory.offset);
        entries.add(entry);
      }
    }
    boolean all = directory.wide ? found == directory.count : (found & 0xFFFF) == directory.count;
    if (!all) {
      throw zip.damaged("its directory has " + found + " entries, not " + directory.count);
    }
    refuseTwins(entries);
    refuseOverlaps(entries);
    return entries;
  }

  private ZipArchive.Entry entry(ByteBuffer directory, long number) {
    int at = directory.position();
    if (directory.getInt(at) != CENTRAL) {
      throw zip.damaged("entry " + number + " of its directory is broken");
    }
    int flags = directory.getShort(at + 8) & 0xFFFF;
    int method = directory.getShort(at + 10) & 0xFFFF;
    long crc = unsigned(directory.getInt(at + 16));
    int nameLength = directory.getShort(at + 28) & 0xFFFF;
    int extraLength = directory.getShort(at + 30) & 0xFFFF;
    int commentLength = directory.getShort(at + 32) & 0xFFFF;
    byte[] name = new byte[nameLength];
    directory.position(at + CENTRAL_LENGTH).get(name);
    String text = text(name, flags);
    long[] wide = {
      unsigned(directory.getInt(at + 24)), // length, packed length, offset: ZIP64's order
      unsigned(directory.getInt(at + 20)),
      unsigned(directory.getInt(at + 42))
    };
    widen(directory, at + CENTRAL_LENGTH + nameLength, extraLength, wide, number);
    directory.position(at + CENTRAL_LENGTH + nameLength + extraLength + commentLength);
    return new ZipArchive.Entry(text, wide[2], flags, method, wide[1], wide[0], crc);
  }

  /** Takes the 64-bit fields for those that do not fit 32 bits. */
  private void widen(ByteBuffer directory, int from, int length, long[] fields, long number) {
    int at = from;
    while (at + 4 <= from + length) {
      int id = directory.getShort(at) & 0xFFFF;
      int size = directory.getShort(at + 2) & 0xFFFF;
      int field = at + 4;
      if (id == 1) {
        for (int i = 0; i < fields.length; i++) {
          if (fields[i] == unsigned(SEE_ZIP64)) {
            if (field + Long.BYTES > Math.min(at + 4 + size, from + length)) {
              throw zip.damaged("entry " + number + " of its directory lacks its 64-bit lengths");
            }
            fields[i] = directory.getLong(field);
            field += Long.BYTES;
          }
        }
      }
      at += 4 + size;
    }
  }

  private void checkLengths(ZipArchive.Entry entry, long directory) {
    long room = directory - LOCAL_LENGTH;
    boolean fits =
        entry.offset() >= 0
            && entry.packed() >= 0
            && entry.length() >= 0
            && entry.offset() <= room
            && entry.packed() <= room - entry.offset();
    if (!fits) {
      throw zip.damaged(entry.shown() + " does not lie before the directory");
    }
    if (entry.isEncrypted()) {
      return; // has a header of its own before its content
    }
    boolean possible =
        entry.method() == 0
            ? entry.packed() == entry.length()
            : entry.method() != 8 || entry.length() / LARGEST_RATIO <= entry.packed();
    if (!possible) {
      throw zip.damaged(
          entry.shown()
              + " is said to hold "
              + entry.length()
              + " bytes, which its "
              + entry.packed()
              + " packed bytes cannot");
    }
  }

  private void refuseTwins(List<ZipArchive.Entry> entries) {
    Set<String> names = new HashSet<>();
    for (ZipArchive.Entry entry : entries) {
      if (!names.add(entry.name())) {
        throw new UserException(
            "%s holds %s twice; which of them is meant?", source, entry.shown());
      }
    }
  }

  private void refuseOverlaps(List<ZipArchive.Entry> entries) {
    List<ZipArchive.Entry> placed = new ArrayList<>(entries);
    placed.sort(Comparator.comparingLong(ZipArchive.Entry::offset));
    for (int i = 1; i < placed.size(); i++) {
      ZipArchive.Entry before = placed.get(i - 1);
      ZipArchive.Entry entry = placed.get(i);
      if (before.offset() + LOCAL_LENGTH + before.packed() > entry.offset()) {
        throw zip.damaged(before.shown() + " and " + entry.shown() + " overlap");
      }
    }
  }

  /** A name: UTF-8, as most write it without saying so, or else DOS's character set. */
  static String text(byte[] name, int flags) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
    } catch (CharacterCodingException e) {
      return new String(name, (flags & UTF8) == 0 ? DOS : StandardCharsets.UTF_8);
    }
  }

  private static long unsigned(int field) {
    return field & 0xFFFFFFFFL;
  }
}
