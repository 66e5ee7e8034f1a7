package io.sparkddpm.spark.data;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.apache.hadoop.conf.Configuration;

/**
 * The records that a file of text is cut into, each of so many characters. Holds one of them. For
 * one thread.
 */
final class TextRecords implements Closeable {
  private final TextCharacters characters;
  private final TextSource.Cut cut;
  private final int[] record;
  private final IntConsumer seen;
  private long begin;
  private boolean tooLong;

  /**
   * Opens a file.
   *
   * @param offset where a record begins, in bytes
   * @param length characters of a record
   * @param seen receives every character of the file that is passed
   */
  TextRecords(
      Configuration conf, URI uri, long offset, TextSource.Cut cut, int length, IntConsumer seen)
      throws IOException {
    this.characters = new TextCharacters(conf, uri, offset);
    this.cut = cut;
    this.record = new int[length];
    this.seen = seen;
  }

  /** Goes to the next record, if there is one. */
  boolean next() throws IOException {
    return cut == TextSource.Cut.STREAM ? nextOfStream() : nextLine();
  }

  private boolean nextOfStream() throws IOException {
    begin = characters.position();
    for (int i = 0; i < record.length; i++) {
      record[i] = read();
      if (record[i] == TextCharacters.END) {
        return false; // what is left is shorter than a record
      }
    }
    return true;
  }

  private boolean nextLine() throws IOException {
    int character;
    do {
      begin = characters.position();
      character = read();
    } while (character == '\n');
    int length = 0;
    tooLong = false;
    boolean found = character != TextCharacters.END;
    while (character != '\n' && character != TextCharacters.END) {
      tooLong |= length == record.length;
      if (!tooLong) {
        record[length++] = character;
      }
      character = read();
    }
    Arrays.fill(record, length, record.length, '\n');
    return found;
  }

  private int read() throws IOException {
    int character = characters.next();
    if (character != TextCharacters.END) {
      seen.accept(character);
    }
    return character;
  }

  /** Where this record begins, in bytes. */
  long begin() {
    return begin;
  }

  /** Whether this record is a line of more characters than it can hold. */
  boolean isTooLong() {
    return tooLong;
  }

  /** The code points of this record; good until the next one. */
  int[] characters() {
    return record;
  }

  @Override
  public void close() throws IOException {
    characters.close();
  }
}
