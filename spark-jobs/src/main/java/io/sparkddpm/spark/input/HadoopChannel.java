package io.sparkddpm.spark.input;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A file of any file system as a channel, for reading here and there: small reads are taken from a
 * window, so that an object store is not asked for every few bytes. For one thread.
 */
public final class HadoopChannel implements SeekableByteChannel {
  private static final int WINDOW = 1 << 16;

  private final FSDataInputStream in;
  private final long size;
  private final byte[] window = new byte[WINDOW];
  private long windowBegin = -1;
  private int windowLength;
  private long position;
  private boolean open = true;

  /**
   * Opens a file.
   *
   * @throws UserException naming it, if it cannot be opened
   */
  public HadoopChannel(Configuration conf, URI uri) {
    FileSystem fs = Locations.fileSystem(conf, uri);
    try {
      size = fs.getFileStatus(new Path(uri)).getLen();
      in = fs.open(new Path(uri));
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", uri, e.getMessage());
    }
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    if (position >= size) {
      return to.hasRemaining() ? -1 : 0;
    }
    int wanted = (int) Math.min(to.remaining(), size - position);
    int n = wanted >= WINDOW ? readThrough(to, wanted) : readWindow(to, wanted);
    position += Math.max(0, n);
    return n;
  }

  private int readThrough(ByteBuffer to, int wanted) throws IOException {
    byte[] bytes = to.hasArray() ? to.array() : new byte[wanted];
    int offset = to.hasArray() ? to.arrayOffset() + to.position() : 0;
    int n = in.read(position, bytes, offset, wanted);
    if (n > 0 && to.hasArray()) {
      to.position(to.position() + n);
    } else if (n > 0) {
      to.put(bytes, 0, n);
    }
    return n;
  }

  private int readWindow(ByteBuffer to, int wanted) throws IOException {
    long begin = position / WINDOW * WINDOW;
    if (begin != windowBegin) {
      windowBegin = -1; // half-filled if reading fails
      windowLength = (int) Math.min(WINDOW, size - begin);
      in.readFully(begin, window, 0, windowLength);
      windowBegin = begin;
    }
    int from = (int) (position - begin);
    int n = Math.min(wanted, windowLength - from);
    to.put(window, from, n);
    return n;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long to) {
    position = to;
    return this;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int write(ByteBuffer from) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long to) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() throws IOException {
    open = false;
    in.close();
  }
}
