package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.function.BiConsumer;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.EnvInfo;
import org.lmdbjava.GetOp;
import org.lmdbjava.LmdbException;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/**
 * An LMDB environment, open for reading: a directory with a data.mdb, or such a file itself. It is
 * mapped into memory, so it must lie on a disk of this host; nothing is written, no lock file
 * either. For one thread.
 */
final class LmdbFile implements AutoCloseable {
  static final String DATA = "data.mdb";
  private static final int MAX_KEY = 511;

  private final Path path;
  private final Env<ByteBuffer> env;
  private final Dbi<ByteBuffer> entries;
  private final Txn<ByteBuffer> txn;

  private LmdbFile(Path path, Env<ByteBuffer> env, Dbi<ByteBuffer> entries, Txn<ByteBuffer> txn) {
    this.path = path;
    this.env = env;
    this.entries = entries;
    this.txn = txn;
  }

  /** The file that holds the entries of the environment at {@code path}. */
  static Path dataFile(Path path) {
    return Files.isDirectory(path) ? path.resolve(DATA) : path;
  }

  /**
   * Opens an environment.
   *
   * @throws UserException naming the file, if there is none, it is cut off or of another kind
   */
  static LmdbFile open(Path path) {
    Path data = dataFile(path);
    long size;
    try {
      size = Files.size(data);
    } catch (IOException e) {
      throw new UserException(e, "%s is no LMDB environment: there is no %s", path, data);
    }
    Env<ByteBuffer> env = null;
    try {
      Env.Builder<ByteBuffer> builder = Env.create().setMapSize(Math.max(size, 1)).setMaxReaders(1);
      env =
          Files.isDirectory(path)
              ? builder.open(
                  path.toFile(),
                  EnvFlags.MDB_RDONLY_ENV,
                  EnvFlags.MDB_NOLOCK,
                  EnvFlags.MDB_NORDAHEAD)
              : builder.open(
                  path.toFile(),
                  EnvFlags.MDB_RDONLY_ENV,
                  EnvFlags.MDB_NOLOCK,
                  EnvFlags.MDB_NORDAHEAD,
                  EnvFlags.MDB_NOSUBDIR);
      EnvInfo info = env.info();
      long needed = (info.lastPageNumber + 1) * env.stat().pageSize;
      if (size < needed) { // reading beyond the end of a mapped file would end the process
        throw new UserException("%s is cut off: it has %d bytes of %d", data, size, needed);
      }
      Txn<ByteBuffer> txn = env.txnRead();
      return new LmdbFile(path, env, env.openDbi(txn, (byte[]) null, null, false), txn);
    } catch (LmdbException e) {
      if (env != null) {
        env.close();
      }
      throw new UserException(e, "%s cannot be read as LMDB: %s", data, e.getMessage());
    } catch (UserException e) {
      env.close();
      throw e;
    }
  }

  /** Number of entries. */
  long size() {
    return entries.stat(txn).entries;
  }

  /** Hands over every {@code stride}-th key, in order, with its number; values are not touched. */
  void forEachKey(int stride, BiConsumer<Long, String> consumer) {
    try (Cursor<ByteBuffer> cursor = entries.openCursor(txn)) {
      boolean more = cursor.first();
      for (long number = 0; more; number++) {
        if (number % stride == 0) {
          consumer.accept(number, HexFormat.of().formatHex(bytes(cursor.key())));
        }
        more = cursor.next();
      }
    } catch (LmdbException e) {
      throw new UserException(e, "%s cannot be read as LMDB: %s", path, e.getMessage());
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
    try (Cursor<ByteBuffer> cursor = entries.openCursor(txn)) {
      byte[] bytes = HexFormat.of().parseHex(key);
      ByteBuffer begin = ByteBuffer.allocateDirect(MAX_KEY).put(bytes).flip();
      boolean more = cursor.get(begin, GetOp.MDB_SET_KEY);
      for (long i = 0; more && i < skip; i++) {
        more = cursor.seek(SeekOp.MDB_NEXT);
      }
      for (long i = 0; i < count; i++) {
        if (!more) {
          throw new UserException("%s was changed while it was read", path);
        }
        consumer.accept(bytes(cursor.key()), bytes(cursor.val()));
        more = i + 1 < count && cursor.seek(SeekOp.MDB_NEXT);
      }
    } catch (LmdbException e) {
      throw new UserException(e, "%s cannot be read as LMDB: %s", path, e.getMessage());
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @Override
  public void close() {
    txn.close();
    env.close();
  }
}
