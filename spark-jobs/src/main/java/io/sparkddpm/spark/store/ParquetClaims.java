package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayInputStream;
import java.util.Locale;
import java.util.zip.CRC32;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.PageHeader;
import shaded.parquet.org.apache.thrift.TBase;
import shaded.parquet.org.apache.thrift.TConfiguration;
import shaded.parquet.org.apache.thrift.TException;
import shaded.parquet.org.apache.thrift.protocol.TCompactProtocol;
import shaded.parquet.org.apache.thrift.transport.TIOStreamTransport;

/**
 * Compares what a Parquet file's structures claim with its bytes before anything is allocated by
 * them: Parquet's own reader believes all of it. For one thread.
 */
final class ParquetClaims {
  /** First four bytes of a file, and its last: PAR1, little-endian. */
  static final int MAGIC = 0x31524150;

  private final String name;
  private final long most;
  private final boolean checksums;
  private long content;

  /**
   * @param name of the file, for messages
   * @param most bytes that the pages may hold, decompressed
   * @param checksums whether every page must have one; otherwise those that are there are compared
   */
  ParquetClaims(String name, long most, boolean checksums) {
    this.name = name;
    this.most = most;
    this.checksums = checksums;
  }

  /** Bytes in the pages so far, decompressed. */
  long content() {
    return content;
  }

  /** Where a column begins in the file: at its dictionary, or its first page. */
  static long begin(ColumnMetaData column) {
    long begin = column.getData_page_offset();
    return column.isSetDictionary_page_offset() && column.getDictionary_page_offset() > 0
        ? Math.min(begin, column.getDictionary_page_offset())
        : begin;
  }

  /** The pages of a column, which take [begin, end) of some bytes. */
  void pages(ColumnMetaData column, byte[] bytes, int begin, int end) {
    for (int at = begin; at < end; ) {
      PageHeader page = new PageHeader();
      at += read(page, bytes, at, end);
      int size = page.getCompressed_page_size();
      int inflated = page.getUncompressed_page_size();
      require(size >= 0 && size <= end - at, "a page of %d bytes ends beyond its column", size);
      require(
          inflated >= 0 && inflated <= most - content,
          "its pages hold more than the %d bytes that it can be of",
          most);
      content += inflated;
      int values =
          page.isSetDictionary_page_header()
              ? page.getDictionary_page_header().getNum_values()
              : page.isSetData_page_header()
                  ? page.getData_page_header().getNum_values()
                  : column.getNum_values() > Integer.MAX_VALUE ? -1 : (int) column.getNum_values();
      boolean dictionary = page.isSetDictionary_page_header();
      require(
          values >= 0 && values <= (dictionary ? inflated : column.getNum_values()),
          "a page of %d bytes claims %d values",
          inflated,
          values);
      checkSnappy(column, page, bytes, at, size);
      boolean sound = page.isSetCrc() ? page.getCrc() == crc(bytes, at, size) : !checksums;
      require(sound, "a page's checksum is another");
      at += size;
    }
  }

  /**
   * Snappy's decoder allocates what the first bytes of a page claim; where that is less than the
   * page's header claims, Parquet's reader waits for the rest for ever.
   */
  private void checkSnappy(ColumnMetaData column, PageHeader page, byte[] bytes, int at, int size) {
    if (column.getCodec() != CompressionCodec.SNAPPY) {
      return;
    }
    long levels = 0;
    if (page.isSetData_page_header_v2()) {
      DataPageHeaderV2 v2 = page.getData_page_header_v2();
      long repetition = v2.getRepetition_levels_byte_length();
      levels = repetition + v2.getDefinition_levels_byte_length();
      require(repetition >= 0 && levels >= repetition && levels <= size, "a page's levels are off");
      if (!v2.isIs_compressed()) {
        return;
      }
    }
    long claimed = 0;
    for (int i = 0; i < 5 && levels + i < size; i++) {
      byte b = bytes[at + (int) levels + i];
      claimed |= (b & 0x7FL) << 7 * i;
      if (b >= 0) {
        break;
      }
    }
    long inflated = page.getUncompressed_page_size() - levels;
    require(claimed == inflated, "a page of %d bytes claims %d", inflated, claimed);
  }

  private static int crc(byte[] bytes, int at, int size) {
    CRC32 crc = new CRC32();
    crc.update(bytes, at, size);
    return (int) crc.getValue();
  }

  /**
   * Reads a structure that lies somewhere in [from, to).
   *
   * @return bytes that it takes
   */
  int read(TBase<?, ?> structure, byte[] bytes, int from, int to) {
    ByteArrayInputStream in = new ByteArrayInputStream(bytes, from, to - from);
    int length = to - from;
    try {
      TConfiguration limits =
          new TConfiguration(
              length,
              TConfiguration.DEFAULT_MAX_FRAME_SIZE,
              TConfiguration.DEFAULT_RECURSION_DEPTH);
      structure.read(new TCompactProtocol(new TIOStreamTransport(limits, in), length, length));
    } catch (TException | RuntimeException e) {
      throw new UserException(
          e, "%s cannot be read as Parquet: damaged at byte %d", name, to - in.available());
    }
    return length - in.available();
  }

  /**
   * Refuses the file.
   *
   * @throws UserException unless {@code condition}
   */
  void require(boolean condition, String format, Object... args) {
    if (!condition) {
      throw new UserException(
          "%s cannot be read as Parquet: %s", name, String.format(Locale.ROOT, format, args));
    }
  }
}
