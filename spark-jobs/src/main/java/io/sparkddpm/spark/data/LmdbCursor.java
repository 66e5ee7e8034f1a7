package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Walks the entries of a tree in the order of their keys. Keys must rise from entry to entry, so a
 * damaged tree cannot lead round in a circle. For one thread.
 */
final class LmdbCursor {
  private static final int BIG = 0x01;
  private static final int NODE_HEADER = 8;

  private final LmdbPages pages;
  private final LmdbPages.Tree tree;
  private final ByteBuffer[] path;
  private final int[] index;
  private byte[] key;

  LmdbCursor(LmdbPages pages, LmdbPages.Tree tree) {
    this.pages = pages;
    this.tree = tree;
    this.path = new ByteBuffer[tree.depth()];
    this.index = new int[tree.depth()];
  }

  /** Goes to the first entry, if there is any. */
  boolean first() throws IOException {
    return tree.depth() > 0 && descend(0, tree.root());
  }

  /** Goes to the entry of a key; false if there is none. */
  boolean seek(byte[] wanted) throws IOException {
    if (tree.depth() == 0) {
      return false;
    }
    long page = tree.root();
    for (int level = 0; level < path.length; level++) {
      load(level, page);
      int last = 0; // the first key of a branch stands for all that are less
      int from = level == path.length - 1 ? 0 : 1;
      for (int i = from; i < entries(path[level]); i++) {
        if (Arrays.compareUnsigned(keyAt(path[level], i), wanted) <= 0) {
          last = i;
        }
      }
      index[level] = last;
      page = level < path.length - 1 ? childAt(path[level], last) : page;
    }
    key = keyAt(leaf(), leafIndex());
    return Arrays.equals(key, wanted);
  }

  /** Goes to the next entry; false at the end. */
  boolean next() throws IOException {
    int level = path.length - 1;
    while (level >= 0 && index[level] + 1 >= entries(path[level])) {
      level--;
    }
    if (level < 0) {
      return false;
    }
    index[level]++;
    byte[] before = key;
    if (level < path.length - 1) {
      descend(level + 1, childAt(path[level], index[level]));
    } else {
      key = keyAt(leaf(), leafIndex());
    }
    if (Arrays.compareUnsigned(key, before) <= 0) {
      throw pages.damaged("its keys are not in order");
    }
    return true;
  }

  /** The entry's key. */
  byte[] key() {
    return key;
  }

  /**
   * The entry's value.
   *
   * @throws UserException if it is no plain value
   */
  byte[] value() throws IOException {
    ByteBuffer page = leaf();
    int at = nodeAt(page, leafIndex());
    long length = size(page, at);
    int flags = page.getShort(at + 4) & 0xFFFF;
    int data = at + NODE_HEADER + (page.getShort(at + 6) & 0xFFFF);
    if (flags == BIG) {
      if (data + Long.BYTES > page.limit()) {
        throw beyond();
      }
      return pages.overflow(page.getLong(data), length);
    }
    if (flags != 0) {
      throw pages.damaged("an entry is no plain value (flags " + flags + ")");
    }
    if (length > page.limit() - data) {
      throw beyond();
    }
    byte[] value = new byte[(int) length];
    page.get(data, value);
    return value;
  }

  private boolean descend(int from, long root) throws IOException {
    long page = root;
    for (int level = from; level < path.length; level++) {
      load(level, page);
      index[level] = 0;
      page = level < path.length - 1 ? childAt(path[level], 0) : page;
    }
    key = keyAt(leaf(), 0);
    return true;
  }

  /** Branches stand above, leaves on the lowest level. */
  private void load(int level, long page) throws IOException {
    path[level] = pages.node(page);
    if (LmdbPages.isLeaf(path[level]) != (level == path.length - 1)) {
      throw pages.damaged("page " + page + " is on a level where it cannot be");
    }
  }

  private ByteBuffer leaf() {
    return path[path.length - 1];
  }

  private int leafIndex() {
    return index[path.length - 1];
  }

  private static int entries(ByteBuffer page) {
    return (LmdbPages.lower(page) - LmdbPages.HEADER) / 2;
  }

  private int nodeAt(ByteBuffer page, int entry) {
    int at = page.getShort(LmdbPages.HEADER + 2 * entry) & 0xFFFF;
    if (at < LmdbPages.lower(page) || at + NODE_HEADER > page.limit()) {
      throw beyond();
    }
    return at;
  }

  private byte[] keyAt(ByteBuffer page, int entry) {
    int at = nodeAt(page, entry);
    byte[] bytes = new byte[page.getShort(at + 6) & 0xFFFF];
    if (at + NODE_HEADER + bytes.length > page.limit()) {
      throw beyond();
    }
    page.get(at + NODE_HEADER, bytes);
    return bytes;
  }

  private long childAt(ByteBuffer page, int entry) {
    int at = nodeAt(page, entry);
    return size(page, at) | (page.getShort(at + 4) & 0xFFFFL) << 32;
  }

  private static long size(ByteBuffer page, int at) {
    return page.getInt(at) & 0xFFFFFFFFL;
  }

  private UserException beyond() {
    return pages.damaged("an entry reaches beyond its page");
  }
}
