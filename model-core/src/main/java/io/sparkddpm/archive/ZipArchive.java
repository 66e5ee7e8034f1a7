package io.sparkddpm.archive;

import io.sparkddpm.error.UserException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.apache.commons.compress.archivers.zip.ZipMethod;

/**
 * A zip file, read by its directory, so that whoever has an entry can read it without the others;
 * also one of more than 65,535 entries or 4 GB (ZIP64). What is read to its end is checked against
 * the CRC-32 that the directory holds. commons-compress would not do: it does not give out where
 * entries lie, and does not compare their CRC-32. For one thread.
 */
public final class ZipArchive implements Closeable {
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_LENGTH = 30;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final int BUFFER = 1 << 16;
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final SeekableByteChannel channel;
  private final String source;

  /**
   * A file in the archive, as its directory has it.
   *
   * @param name with folders, parted by slashes
   * @param offset of its local header
   * @param flags general purpose bits
   * @param method of compression
   * @param packed length in the archive
   * @param length of its content
   * @param crc CRC-32 of its content
   */
  public record Entry(
      String name, long offset, int flags, int method, long packed, long length, long crc)
      implements Serializable {
    private static final int LONGEST_SHOWN = 200;
    private static final int ENCRYPTED = 1 | 1 << 6;
    private static final int LENGTHS_FOLLOW = 1 << 3;

    /** The name for messages: in one line, and not too long a one. */
    public String shown() {
      String line = name.replaceAll("\\p{Cc}", "?");
      return line.length() <= LONGEST_SHOWN ? line : line.substring(0, LONGEST_SHOWN) + "…";
    }

    /** Whether what is in the middle can only be read by inflating what lies before it. */
    public boolean isCompressed() {
      return method != STORED;
    }

    boolean isEncrypted() {
      return (flags & ENCRYPTED) != 0;
    }

    boolean lengthsFollow() {
      return (flags & LENGTHS_FOLLOW) != 0;
    }
  }

  /**
   * @param channel to read from; closed with the archive
   * @param source its name, for messages
   */
  public ZipArchive(SeekableByteChannel channel, String source) {
    this.channel = channel;
    this.source = source;
  }

  /**
   * The files in it, in the order of its directory.
   *
   * @throws UserException if it is no zip file, cut off, or its directory is damaged: entries of
   *     one name, entries that overlap, lengths that cannot be
   * @throws IOException if reading fails, which may pass
   */
  public List<Entry> entries() throws IOException {
    return new ZipDirectory(this, source).entries();
  }

  /** Whether the entry is neither encrypted nor compressed by an unknown method. */
  public boolean isReadable(Entry entry) {
    return !entry.isEncrypted() && (entry.method == STORED || entry.method == DEFLATED);
  }

  /**
   * Refuses what cannot be read.
   *
   * @throws UserException if the entry is encrypted or compressed by an unknown method
   */
  public void check(Entry entry) {
    if (entry.isEncrypted()) {
      throw new UserException(
          "%s: %s is encrypted; unpack it with its password and zip it anew without one",
          source, entry.shown());
    }
    if (!isReadable(entry)) {
      ZipMethod known = ZipMethod.getMethodByCode(entry.method);
      throw new UserException(
          "%s: %s is compressed by %s; stored and deflated files are read",
          source, entry.shown(), known == null ? "method " + entry.method : known);
    }
  }

  /**
   * The content of a file. Reading throws a {@link UserException} if it is damaged; at its end, if
   * its CRC-32 differs.
   *
   * @throws UserException as for {@link #check}, or if its own header says other than the directory
   */
  public InputStream open(Entry entry) throws IOException {
    check(entry);
    long begin = contentBegin(entry);
    InputStream packed = new Range(entry, begin);
    if (entry.method == STORED) {
      return new VerifiedEntry(packed, entry, source);
    }
    Inflater inflater = new Inflater(true);
    InputStream content =
        new InflaterInputStream(packed, inflater, BUFFER) {
          @Override
          public void close() throws IOException {
            super.close();
            inflater.end(); // memory outside the heap
          }
        };
    return new VerifiedEntry(content, entry, source);
  }

  /** Bytes of heap that {@link #read} takes: pieces, and then the whole. */
  public static long heapFor(Entry entry) {
    return 2 * entry.length;
  }

  /** The whole content of a file, verified. */
  public byte[] read(Entry entry) throws IOException {
    if (entry.length > LARGEST_ARRAY) {
      throw new UserException(
          "%s: %s has %d bytes: too large to be read at once", source, entry.shown(), entry.length);
    }
    try (InputStream content = open(entry)) {
      return content.readAllBytes(); // grows with what there is, not with what is claimed
    }
  }

  /** Where the content begins, behind the entry's own header. */
  private long contentBegin(Entry entry) throws IOException {
    ByteBuffer header = read(entry.offset, LOCAL_LENGTH);
    if (header.getInt(0) != LOCAL) {
      throw damaged(entry.shown() + " is not where its directory says");
    }
    int flags = header.getShort(6) & 0xFFFF;
    int nameLength = header.getShort(26) & 0xFFFF;
    byte[] name = read(entry.offset + LOCAL_LENGTH, nameLength).array();
    boolean same =
        header.getShort(8) == (short) entry.method
            && (flags & Entry.ENCRYPTED) == (entry.flags & Entry.ENCRYPTED)
            && ZipDirectory.text(name, flags).equals(entry.name);
    if (!entry.lengthsFollow()) {
      same &=
          header.getInt(14) == (int) entry.crc
              && isLength(header.getInt(18), entry.packed)
              && isLength(header.getInt(22), entry.length);
    }
    if (!same) {
      throw damaged(entry.shown() + " has a header that says other than the directory");
    }
    return entry.offset + LOCAL_LENGTH + nameLength + (header.getShort(28) & 0xFFFF);
  }

  private static boolean isLength(int field, long length) {
    return field == (int) length || field == ZipDirectory.SEE_ZIP64;
  }

  /** The archive's name, for messages. */
  public String source() {
    return source;
  }

  long length() throws IOException {
    return channel.size();
  }

  /** Bytes of the file, little-endian. */
  ByteBuffer read(long position, int count) throws IOException {
    if (position < 0 || position + count > channel.size()) {
      throw damaged("it is cut off, or points beyond its end");
    }
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    channel.position(position);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw damaged("it is cut off");
      }
    }
    return bytes.flip();
  }

  UserException damaged(String how) {
    return new UserException("%s is a damaged zip file: %s", source, how);
  }

  /** What an entry takes of the file. */
  private final class Range extends InputStream {
    private final Entry entry;
    private final long end;
    private long position;

    Range(Entry entry, long begin) {
      this.entry = entry;
      this.position = begin;
      this.end = begin + entry.packed;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      if (count == 0) {
        return 0;
      }
      if (position == end) {
        return -1;
      }
      channel.position(position);
      int n = channel.read(ByteBuffer.wrap(bytes, offset, (int) Math.min(count, end - position)));
      if (n < 0) {
        throw damaged(entry.shown() + " is cut off");
      }
      position += n;
      return n;
    }

    @Override
    public long skip(long count) {
      long skipped = Math.max(0, Math.min(count, end - position));
      position += skipped;
      return skipped;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
