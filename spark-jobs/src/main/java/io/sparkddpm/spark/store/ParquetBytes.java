package io.sparkddpm.spark.store;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/** A Parquet file that was read and checked as a whole, as parquet-hadoop reads it. */
public final class ParquetBytes implements InputFile {
  private final byte[] bytes;
  private final String name;

  /**
   * @param name the file's URI, for messages
   */
  public ParquetBytes(byte[] bytes, String name) {
    this.bytes = bytes;
    this.name = name;
  }

  @Override
  public long getLength() {
    return bytes.length;
  }

  @Override
  public SeekableInputStream newStream() {
    Positioned stream = new Positioned(bytes);
    return new DelegatingSeekableInputStream(stream) {
      @Override
      public long getPos() {
        return stream.position();
      }

      @Override
      public void seek(long position) throws IOException {
        if (position < 0 || position > bytes.length) {
          throw new EOFException(name + " has no byte " + position);
        }
        stream.seek((int) position);
      }
    };
  }

  @Override
  public String toString() {
    return name;
  }

  private static final class Positioned extends ByteArrayInputStream {
    Positioned(byte[] bytes) {
      super(bytes);
    }

    synchronized int position() {
      return pos;
    }

    synchronized void seek(int position) {
      pos = position;
    }
  }
}
