package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.input.HadoopChannel;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.util.HexFormat;
import java.util.function.BiConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The data.mdb of an LMDB environment, open for reading; nothing is written, no lock file either.
 * Reads the format of LMDB 0.9 on 64-bit little-endian machines itself: the library maps the file
 * and trusts it, so that a damaged one ends the process. For one thread.
 */
final class LmdbFile implements AutoCloseable {
  static final String DATA = "data.mdb";

  private final LmdbPages pages;
  private final String name;
  private final LmdbPages.Tree tree;

  private LmdbFile(LmdbPages pages, String name) throws IOException {
    this.pages = pages;
    this.name = name;
    this.tree = pages.tree();
  }

  /**
   * Opens an environment.
   *
   * @param data its data.mdb
   * @throws UserException naming the file, if it is cut off, damaged or of another kind
   */
  static LmdbFile open(Configuration conf, URI data) {
    return open(new HadoopChannel(conf, data), new Path(data).toString());
  }

  static LmdbFile open(SeekableByteChannel channel, String name) {
    try {
      return new LmdbFile(new LmdbPages(channel, name), name);
    } catch (IOException e) {
      throw unread(e, name);
    }
  }

  /** Number of entries. */
  long size() {
    return tree.entries();
  }

  /**
   * Hands over every {@code stride}-th key, in order, with its number; values are not touched.
   *
   * @throws UserException if the tree is damaged anywhere
   */
  void forEachKey(int stride, BiConsumer<Long, String> consumer) {
    try {
      LmdbCursor cursor = new LmdbCursor(pages, tree);
      long number = 0;
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        if (number % stride == 0) {
          consumer.accept(number, HexFormat.of().formatHex(cursor.key()));
        }
        number++;
      }
      if (number != tree.entries()) {
        throw pages.damaged("it has " + number + " entries, not " + tree.entries());
      }
    } catch (IOException e) {
      throw unread(e, name);
    }
  }

  /**
   * Reads entries one after the other.
   *
   * @param key hexadecimal, of the entry to begin at
   * @param skip entries to pass over from there
   * @param count entries to hand over, with their keys
   */
  void read(String key, long skip, long count, BiConsumer<byte[], byte[]> consumer) {
    try {
      LmdbCursor cursor = new LmdbCursor(pages, tree);
      boolean more = cursor.seek(HexFormat.of().parseHex(key));
      for (long i = 0; more && i < skip; i++) {
        more = cursor.next();
      }
      for (long i = 0; i < count; i++) {
        if (!more) {
          throw new UserException("%s was changed while it was read", name);
        }
        consumer.accept(cursor.key(), cursor.value());
        more = i + 1 < count && cursor.next();
      }
    } catch (IOException e) {
      throw unread(e, name);
    }
  }

  private static UserException unread(IOException e, String name) {
    return new UserException(e, "cannot read %s: %s", name, e.getMessage());
  }

  @Override
  public void close() {
    try {
      pages.close();
    } catch (IOException e) {
      throw unread(e, name);
    }
  }
}
