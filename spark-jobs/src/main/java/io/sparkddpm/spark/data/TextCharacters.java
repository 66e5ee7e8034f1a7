package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.input.HadoopChannel;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.Channels;
import org.apache.hadoop.conf.Configuration;

/**
 * The characters of a file in UTF-8, one after the other, from any of them on. A byte order mark at
 * the file's beginning is left out, and so is each carriage return before a line feed. Holds a
 * buffer's worth of the file. For one thread.
 */
final class TextCharacters implements Closeable {
  /** After the last character. */
  static final int END = -1;

  private static final int BYTE_ORDER_MARK = 0xFEFF;
  private static final int[] LEAST = {0, 0x80, 0x800, 0x10000};

  private final URI uri;
  private final InputStream in;
  private long position;
  private int ahead;
  private long afterAhead;

  /**
   * Opens a file.
   *
   * @param offset of a character, in bytes
   */
  TextCharacters(Configuration conf, URI uri, long offset) throws IOException {
    this.uri = uri;
    this.in =
        new BufferedInputStream(
            Channels.newInputStream(new HadoopChannel(conf, uri).position(offset)), 1 << 16);
    this.position = offset;
    advance();
    if (offset == 0 && ahead == BYTE_ORDER_MARK) {
      next();
    }
  }

  /** Where the next character begins, in bytes. */
  long position() {
    return position;
  }

  /**
   * The next character's code point, or {@link #END}.
   *
   * @throws UserException naming the place, if there is no character of UTF-8
   */
  int next() throws IOException {
    int character = ahead;
    step();
    if (character == '\r' && ahead == '\n') {
      character = ahead;
      step();
    }
    return character;
  }

  private void step() throws IOException {
    position = afterAhead;
    advance();
  }

  private void advance() throws IOException {
    afterAhead = position;
    int first = read();
    ahead = first < 0x80 ? first : continued(first);
  }

  private int continued(int first) throws IOException {
    int more = first < 0xC0 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF8 ? 3 : 0;
    int value = first & (0x3F >> more);
    boolean ok = more > 0;
    for (int i = 0; ok && i < more; i++) {
      int next = read();
      ok = next >= 0x80 && next < 0xC0;
      value = value << 6 | next & 0x3F;
    }
    if (!ok
        || value < LEAST[more]
        || !Character.isValidCodePoint(value)
        || value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE) {
      throw new UserException("%s is not text in UTF-8: see its byte %d", uri, position);
    }
    return value;
  }

  private int read() throws IOException {
    int next = in.read();
    afterAhead += next < 0 ? 0 : 1;
    return next;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
