package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;

/** The pages of a data.mdb, each checked before anything of it is believed. For one thread. */
final class LmdbPages implements Closeable {
  /** What stands before a page's content: number, flags, and the bounds of its free space. */
  static final int HEADER = 16;

  static final int BRANCH = 0x01;
  static final int LEAF = 0x02;
  private static final int OVERFLOW = 0x04;
  private static final int META = 0x08;
  private static final int KIND = BRANCH | LEAF | OVERFLOW | META | 0x20 | 0x40;

  private static final int MAGIC = 0xBEEFC0DE;
  private static final int VERSION = 1;
  private static final int LEAST_PAGE = 512;
  private static final int LARGEST_PAGE = 1 << 16;
  private static final int MAIN = 88; // of a meta page: where the main database is described
  private static final int META_LENGTH = 152;
  private static final int MOST_LEVELS = 32;
  private static final int ORDINARY = 0; // no duplicates, no keys of another order

  private final SeekableByteChannel channel;
  private final String name;
  private int pageSize;
  private long lastPage;

  LmdbPages(SeekableByteChannel channel, String name) {
    this.channel = channel;
    this.name = name;
  }

  /**
   * The main database.
   *
   * @param root page; -1 if it is empty
   * @param depth levels of pages
   * @param entries number of entries
   */
  record Tree(long root, int depth, long entries) {}

  /** Reads both meta pages; the one of the later transaction holds. */
  Tree tree() throws IOException {
    ByteBuffer first = meta(0);
    pageSize = first.getInt(40);
    if (pageSize < LEAST_PAGE || pageSize > LARGEST_PAGE || Integer.bitCount(pageSize) != 1) {
      throw damaged("its pages have " + pageSize + " bytes");
    }
    ByteBuffer second = meta(pageSize);
    ByteBuffer meta =
        Long.compareUnsigned(second.getLong(144), first.getLong(144)) > 0 ? second : first;
    lastPage = meta.getLong(136);
    long pages = channel.size() / pageSize;
    if (lastPage < 1 || lastPage >= Long.MAX_VALUE / pageSize - 1) {
      throw damaged("its last page is " + lastPage);
    }
    if (lastPage >= pages) {
      throw new UserException(
          "%s is cut off: it has %d bytes of %d", name, channel.size(), (lastPage + 1) * pageSize);
    }
    int flags = meta.getShort(MAIN + 4) & 0xFFFF;
    if (flags != ORDINARY) {
      throw new UserException(
          "%s is an LMDB database with flags %d (duplicate keys or another order); LSUN's have"
              + " none",
          name, flags);
    }
    int depth = meta.getShort(MAIN + 6) & 0xFFFF;
    long entries = meta.getLong(MAIN + 32);
    long root = meta.getLong(MAIN + 40);
    if (depth > MOST_LEVELS || entries < 0 || (root == -1) != (entries == 0 && depth == 0)) {
      throw damaged("its tree has " + depth + " levels and " + entries + " entries");
    }
    return new Tree(root, depth, entries);
  }

  private ByteBuffer meta(long offset) throws IOException {
    if (channel.size() < offset + META_LENGTH) {
      throw new UserException("%s is not an LMDB file, or cut off", name);
    }
    ByteBuffer meta = read(offset, META_LENGTH);
    if (meta.getInt(16) != MAGIC || (meta.getShort(10) & META) == 0) {
      throw new UserException("%s cannot be read as LMDB: it has no meta page", name);
    }
    if (meta.getInt(20) != VERSION) {
      throw new UserException(
          "%s is of LMDB's format %d; %d is read", name, meta.getInt(20), VERSION);
    }
    return meta;
  }

  /** A branch or leaf, whose header is right. */
  ByteBuffer node(long number) throws IOException {
    ByteBuffer page = page(number, pageSize);
    int kind = page.getShort(10) & KIND;
    int lower = lower(page);
    int upper = page.getShort(14) & 0xFFFF;
    boolean sound =
        (kind == BRANCH || kind == LEAF)
            && lower > HEADER
            && lower % 2 == 0
            && lower <= upper
            && upper <= pageSize;
    if (!sound) {
      throw damaged("page " + number + " is no part of a tree");
    }
    return page;
  }

  /** Where the free space of a node's page begins, behind the places of its entries. */
  static int lower(ByteBuffer page) {
    return page.getShort(12) & 0xFFFF;
  }

  static boolean isLeaf(ByteBuffer page) {
    return (page.getShort(10) & LEAF) != 0;
  }

  /** A value that has pages of its own. */
  byte[] overflow(long number, long length) throws IOException {
    ByteBuffer page = page(number, HEADER);
    long pages = page.getInt(12) & 0xFFFFFFFFL;
    boolean sound =
        (page.getShort(10) & KIND) == OVERFLOW
            && length <= Math.min(pages * pageSize - HEADER, Integer.MAX_VALUE - 8)
            && pages <= lastPage - number + 1;
    if (!sound) {
      throw damaged("page " + number + " does not hold a value of " + length + " bytes");
    }
    return read(number * pageSize + HEADER, (int) length).array();
  }

  private ByteBuffer page(long number, int length) throws IOException {
    if (number < 2 || number > lastPage) {
      throw damaged("it points to page " + number + " of " + lastPage);
    }
    ByteBuffer page = read(number * pageSize, length);
    if (page.getLong(0) != number) {
      throw damaged("page " + number + " says that it is page " + page.getLong(0));
    }
    return page;
  }

  private ByteBuffer read(long position, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    channel.position(position);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new UserException("%s is cut off", name);
      }
    }
    return bytes.flip();
  }

  UserException damaged(String how) {
    return new UserException("%s is a damaged LMDB file: %s", name, how);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
