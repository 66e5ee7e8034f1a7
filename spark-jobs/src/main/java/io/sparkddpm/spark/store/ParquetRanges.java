package io.sparkddpm.spark.store;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/** Ranges of a Parquet file that were read and checked, as parquet-hadoop reads them. */
final class ParquetRanges implements InputFile {
  private final String name;
  private final long length;
  private final TreeMap<Long, byte[]> ranges = new TreeMap<>();

  /**
   * @param name the file's URI, for messages
   * @param length of the whole file
   */
  ParquetRanges(String name, long length) {
    this.name = name;
    this.length = length;
  }

  /** Adds the bytes that begin at an offset of the file. */
  void put(long offset, byte[] bytes) {
    ranges.put(offset, bytes);
  }

  /** Forgets all but the last range, which holds the footer. */
  void keepFooter() {
    ranges.headMap(ranges.lastKey()).clear();
  }

  @Override
  public long getLength() {
    return length;
  }

  @Override
  public SeekableInputStream newStream() {
    Positioned stream = new Positioned();
    return new DelegatingSeekableInputStream(stream) {
      @Override
      public long getPos() {
        return stream.position;
      }

      @Override
      public void seek(long position) {
        stream.position = position;
      }
    };
  }

  @Override
  public String toString() {
    return name;
  }

  private final class Positioned extends InputStream {
    private long position;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int offset, int count) throws IOException {
      Map.Entry<Long, byte[]> range = ranges.floorEntry(position);
      long at = range == null ? 0 : position - range.getKey();
      if (range == null || at >= range.getValue().length) {
        throw new EOFException("byte " + position + " is outside of its columns");
      }
      ByteArrayInputStream in =
          new ByteArrayInputStream(range.getValue(), (int) at, range.getValue().length);
      int n = in.read(to, offset, count);
      position += Math.max(n, 0);
      return n;
    }
  }
}
