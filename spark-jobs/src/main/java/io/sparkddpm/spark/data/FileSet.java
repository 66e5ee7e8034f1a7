package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Sha256;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.function.Predicate;

/**
 * A set of input files that may be millions: of each it keeps 128 bits of its URI's SHA-256 and 64
 * of its size and time, 32 to 64 bytes with the room that a hash table needs. For one thread.
 */
public final class FileSet implements Predicate<InputFile> {
  private static final int LONGS = 3;
  private static final int LEAST_SLOTS = 1 << 6;

  private final MessageDigest digest = Sha256.digest();
  private long[] table = new long[LEAST_SLOTS * LONGS];
  private int size;

  /** How many there are. */
  public int size() {
    return size;
  }

  /** Memory that it takes, without the object itself. */
  public long bytes() {
    return (long) table.length * Long.BYTES;
  }

  /**
   * Adds a file.
   *
   * @return whether none of that URI was there; otherwise the new one takes its place
   */
  public boolean add(InputFile file) {
    if (4L * (size + 1) > table.length) { // three quarters of the places
      grow();
    }
    ByteBuffer key = key(file.uri());
    int slot = slot(table, key.getLong(0), key.getLong(8));
    boolean isNew = isFree(table, slot);
    table[slot] = key.getLong(0);
    table[slot + 1] = key.getLong(8);
    table[slot + 2] = state(file);
    size += isNew ? 1 : 0;
    return isNew;
  }

  /** Whether there is a file of that URI. */
  public boolean has(URI uri) {
    ByteBuffer key = key(uri);
    return !isFree(table, slot(table, key.getLong(0), key.getLong(8)));
  }

  /** Whether there is a file of that URI, of the same size and time. */
  @Override
  public boolean test(InputFile file) {
    ByteBuffer key = key(file.uri());
    int slot = slot(table, key.getLong(0), key.getLong(8));
    return !isFree(table, slot) && table[slot + 2] == state(file);
  }

  private ByteBuffer key(URI uri) {
    return ByteBuffer.wrap(digest.digest(uri.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static long state(InputFile file) {
    return file.size() * 0x9E3779B97F4A7C15L ^ Long.rotateLeft(file.modified(), 20);
  }

  /** Where such a key is, or the free place where it would be. */
  private static int slot(long[] table, long high, long low) {
    int slots = table.length / LONGS;
    int at = (int) (low & (slots - 1));
    while (true) {
      int slot = at * LONGS;
      if (isFree(table, slot) || table[slot] == high && table[slot + 1] == low) {
        return slot;
      }
      at = (at + 1) & (slots - 1);
    }
  }

  /** No digest is all zeros. */
  private static boolean isFree(long[] table, int slot) {
    return table[slot] == 0 && table[slot + 1] == 0;
  }

  private void grow() {
    long[] larger = new long[Math.multiplyExact(table.length, 2)];
    for (int from = 0; from < table.length; from += LONGS) {
      if (!isFree(table, from)) {
        int to = slot(larger, table[from], table[from + 1]);
        System.arraycopy(table, from, larger, to, LONGS);
      }
    }
    table = larger;
  }
}
