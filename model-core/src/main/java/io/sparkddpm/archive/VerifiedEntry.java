package io.sparkddpm.archive;

import io.sparkddpm.error.UserException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.ZipException;

/**
 * The content of a zip's entry: never more than the directory says, and at its end of the CRC-32
 * that the directory says. Skipping leaves the CRC-32 unchecked. For one thread.
 */
final class VerifiedEntry extends InputStream {
  private final InputStream content;
  private final ZipArchive.Entry entry;
  private final String source;
  private final CRC32 crc = new CRC32();
  private long read;
  private boolean skipped;

  VerifiedEntry(InputStream content, ZipArchive.Entry entry, String source) {
    this.content = content;
    this.entry = entry;
    this.source = source;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int count) throws IOException {
    int n;
    try {
      n = content.read(bytes, offset, count);
    } catch (ZipException | EOFException e) {
      throw damaged("cannot be inflated: " + e.getMessage());
    }
    if (n < 0) {
      checkEnd();
      return n;
    }
    read += n;
    if (read > entry.length()) {
      throw damaged("holds more than the " + entry.length() + " bytes of its directory");
    }
    crc.update(bytes, offset, n);
    return n;
  }

  private void checkEnd() {
    if (read != entry.length()) {
      throw damaged("has " + read + " bytes, not " + entry.length());
    }
    if (!skipped && crc.getValue() != entry.crc()) {
      throw damaged(
          String.format(
              Locale.ROOT,
              "has CRC-32 %08x, not %08x as its directory says",
              crc.getValue(),
              entry.crc()));
    }
  }

  @Override
  public long skip(long count) throws IOException {
    long passed;
    try {
      passed = content.skip(count);
    } catch (ZipException | EOFException e) {
      throw damaged("cannot be inflated: " + e.getMessage());
    }
    skipped |= passed > 0;
    read += passed;
    return passed;
  }

  private UserException damaged(String how) {
    return new UserException("%s is damaged: %s %s", source, entry.shown(), how);
  }

  @Override
  public void close() throws IOException {
    content.close();
  }
}
