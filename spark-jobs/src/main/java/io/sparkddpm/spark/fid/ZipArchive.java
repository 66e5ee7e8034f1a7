package io.sparkddpm.spark.fid;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Locations;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A zip file on any file system, read by its directory, so that a task reads its own entries only;
 * also those of more than 65,535 entries or 4 GB (ZIP64). For one thread.
 */
final class ZipArchive implements Closeable {
  private static final int END = 0x06054b50;
  private static final int END64 = 0x06064b50;
  private static final int LOCATOR64 = 0x07064b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int LOCAL = 0x04034b50;
  private static final int END_LENGTH = 22;
  private static final int LONGEST_COMMENT = 65_535;
  private static final long SEE_ZIP64 = 0xFFFFFFFFL;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;

  private final URI uri;
  private final FSDataInputStream in;
  private final long length;

  /**
   * A file in the archive.
   *
   * @param name with folders
   * @param offset of its local header
   * @param method of compression
   * @param packed length in the archive
   * @param length of its content
   */
  record Entry(String name, long offset, int method, long packed, long length)
      implements Serializable {
    boolean isStored() {
      return method == STORED;
    }
  }

  /** Opens an archive. */
  ZipArchive(Configuration conf, URI uri) {
    this.uri = uri;
    FileSystem fs = Locations.fileSystem(conf, uri);
    try {
      this.length = fs.getFileStatus(new Path(uri)).getLen();
      this.in = fs.open(new Path(uri));
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", uri, e.getMessage());
    }
  }

  /**
   * The files in it, in the order of its directory.
   *
   * @throws UserException if it is no zip file, or cut off
   */
  List<Entry> entries() {
    try {
      int tail = (int) Math.min(length, END_LENGTH + LONGEST_COMMENT);
      ByteBuffer end = read(length - tail, tail);
      int at = tail - END_LENGTH;
      while (at >= 0 && end.getInt(at) != END) {
        at--;
      }
      if (at < 0) {
        throw new UserException("%s is not a zip file, or cut off: it has no directory", uri);
      }
      long count = end.getShort(at + 10) & 0xFFFF;
      long size = end.getInt(at + 12) & SEE_ZIP64;
      long offset = end.getInt(at + 16) & SEE_ZIP64;
      if (at >= 20 && end.getInt(at - 20) == LOCATOR64) {
        ByteBuffer end64 = read(end.getLong(at - 12), 56);
        if (end64.getInt(0) != END64) {
          throw damaged("its ZIP64 directory is not where it should be");
        }
        count = end64.getLong(32);
        size = end64.getLong(40);
        offset = end64.getLong(48);
      }
      return entries(read(offset, Math.toIntExact(size)), count);
    } catch (IOException | RuntimeException e) { // arithmetic and buffers fail on damaged files
      throw e instanceof UserException user ? user : damaged(e.getMessage());
    }
  }

  private List<Entry> entries(ByteBuffer directory, long count) {
    List<Entry> entries = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      int at = directory.position();
      if (directory.getInt(at) != CENTRAL) {
        throw damaged("entry " + i + " of its directory is broken");
      }
      int nameLength = directory.getShort(at + 28) & 0xFFFF;
      int extraLength = directory.getShort(at + 30) & 0xFFFF;
      int commentLength = directory.getShort(at + 32) & 0xFFFF;
      byte[] name = new byte[nameLength];
      directory.position(at + 46).get(name);
      long[] wide = {
        directory.getInt(at + 24) & SEE_ZIP64, // length, packed length, offset: ZIP64's order
        directory.getInt(at + 20) & SEE_ZIP64,
        directory.getInt(at + 42) & SEE_ZIP64
      };
      widen(directory, at + 46 + nameLength, extraLength, wide);
      String text = new String(name, StandardCharsets.UTF_8);
      if (!text.endsWith("/")) {
        int method = directory.getShort(at + 10) & 0xFFFF;
        entries.add(new Entry(text, wide[2], method, wide[1], wide[0]));
      }
      directory.position(at + 46 + nameLength + extraLength + commentLength);
    }
    return entries;
  }

  /** Takes the 64-bit fields for those that do not fit 32 bits. */
  private static void widen(ByteBuffer directory, int from, int length, long[] fields) {
    int at = from;
    while (at + 4 <= from + length) {
      int id = directory.getShort(at) & 0xFFFF;
      int size = directory.getShort(at + 2) & 0xFFFF;
      if (id == 1) {
        int field = at + 4;
        for (int i = 0; i < fields.length; i++) {
          if (fields[i] == SEE_ZIP64) {
            fields[i] = directory.getLong(field);
            field += 8;
          }
        }
      }
      at += 4 + size;
    }
  }

  /**
   * The content of a file.
   *
   * @throws UserException if its header is damaged or its compression unknown
   */
  InputStream open(Entry entry) throws IOException {
    ByteBuffer header = read(entry.offset, 30);
    if (header.getInt(0) != LOCAL) {
      throw damaged(entry.name + " is not where its directory says");
    }
    int skip = (header.getShort(26) & 0xFFFF) + (header.getShort(28) & 0xFFFF);
    InputStream packed = new Range(entry.offset + 30 + skip, entry.packed);
    if (entry.method == STORED) {
      return packed;
    }
    if (entry.method == DEFLATED) {
      return new InflaterInputStream(packed, new Inflater(true), 1 << 16);
    }
    throw new UserException(
        "%s: %s is compressed by method %d; stored and deflated files are read",
        uri, entry.name, entry.method);
  }

  /** The whole content of a file. */
  byte[] read(Entry entry) {
    try (InputStream content = open(entry)) {
      byte[] bytes = content.readAllBytes();
      if (bytes.length != entry.length) {
        throw damaged(entry.name + " has " + bytes.length + " bytes, not " + entry.length);
      }
      return bytes;
    } catch (IOException e) {
      throw damaged(entry.name + ": " + e.getMessage());
    }
  }

  private ByteBuffer read(long position, int count) throws IOException {
    byte[] bytes = new byte[count];
    in.readFully(position, bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private UserException damaged(String how) {
    return new UserException("%s is a damaged zip file: %s", uri, how);
  }

  /** A stretch of the file. */
  private final class Range extends InputStream {
    private long position;
    private long left;

    Range(long position, long left) {
      this.position = position;
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      if (left == 0) {
        return -1;
      }
      int n = in.read(position, bytes, offset, (int) Math.min(count, left));
      if (n < 0) {
        throw new IOException("the file is cut off");
      }
      position += n;
      left -= n;
      return n;
    }

    @Override
    public long skip(long count) {
      long skipped = Math.max(0, Math.min(count, left));
      position += skipped;
      left -= skipped;
      return skipped;
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
