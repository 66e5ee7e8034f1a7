package io.sparkddpm.spark.store;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.security.MessageDigest;

/** Passes a file through and refuses it when it ends if size or hash is not its manifest's. */
final class VerifyingInputStream extends InputStream {
  private final InputStream in;
  private final URI uri;
  private final FileEntry entry;
  private final MessageDigest digest = Sha256.digest();
  private long position;
  private boolean checked;

  VerifyingInputStream(InputStream in, URI uri, FileEntry entry) {
    this.in = in;
    this.uri = uri;
    this.entry = entry;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = in.read(buffer, offset, length);
    if (n > 0) {
      digest.update(buffer, offset, n);
      position += n;
    } else if (n < 0) {
      check();
    }
    return n;
  }

  @Override
  public int available() throws IOException {
    return in.available();
  }

  @Override
  public void close() throws IOException {
    in.close();
    if (position == entry.size()) {
      check();
    }
  }

  private void check() {
    if (checked) {
      return;
    }
    checked = true;
    if (position != entry.size()) {
      throw new UnreadableException(
          null, "%s ended after %d bytes, its manifest says %d", uri, position, entry.size());
    }
    String actual = Sha256.hex(digest);
    if (!actual.equals(entry.sha256())) {
      throw new UserException(
          "%s is damaged: its SHA-256 is %s, its manifest says %s", uri, actual, entry.sha256());
    }
  }
}
