package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.RowGroup;
import shaded.parquet.org.apache.thrift.TBase;
import shaded.parquet.org.apache.thrift.TConfiguration;
import shaded.parquet.org.apache.thrift.TException;
import shaded.parquet.org.apache.thrift.protocol.TCompactProtocol;
import shaded.parquet.org.apache.thrift.transport.TIOStreamTransport;

/**
 * What a Parquet file's footer and page headers claim, compared with its bytes before anything is
 * allocated by it: lists and pages lie within the file, pages have the checksums that they were
 * written with, and no more is in them than the file can be of. Parquet's own reader believes all
 * of it.
 */
final class ParquetPages {
  private static final int MAGIC = 0x31524150; // PAR1, little-endian

  private final byte[] bytes;
  private final String name;
  private final long most;
  private final int footer;
  private final long rows;
  private final Map<String, String> metadata = new TreeMap<>();
  private long content;

  /**
   * Looks at all of a file.
   *
   * @param name for messages
   * @param most bytes that its pages may hold, decompressed
   * @throws UserException if something does not fit
   */
  ParquetPages(byte[] bytes, String name, long most) {
    this.bytes = bytes;
    this.name = name;
    this.most = most;
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int end = bytes.length - CanonicalFooter.TRAILER_BYTES;
    require(
        end >= 4 && buffer.getInt(0) == MAGIC && buffer.getInt(bytes.length - 4) == MAGIC,
        "it does not begin and end as such a file");
    int length = buffer.getInt(end);
    require(length > 0 && length <= end - 4, "its footer has %d bytes", length);
    this.footer = end - length;
    FileMetaData meta = new FileMetaData();
    read(meta, footer, end);
    this.rows = meta.getNum_rows();
    if (meta.isSetKey_value_metadata()) {
      for (KeyValue entry : meta.getKey_value_metadata()) {
        metadata.put(entry.getKey(), entry.isSetValue() ? entry.getValue() : "");
      }
    }
    long inGroups = 0;
    for (RowGroup group : meta.getRow_groups()) {
      inGroups += group.getNum_rows();
      for (ColumnChunk column : group.getColumns()) {
        require(column.isSetMeta_data(), "a column says nothing of itself");
        pages(column.getMeta_data());
      }
    }
    require(rows >= 0 && rows == inGroups, "it has %d rows, its parts %d", rows, inGroups);
  }

  /** Rows of the file. */
  long rows() {
    return rows;
  }

  /** What its footer says of it, by key. */
  Map<String, String> metadata() {
    return metadata;
  }

  /** Bytes in its pages, decompressed. */
  long content() {
    return content;
  }

  private void pages(ColumnMetaData column) {
    long begin = column.getData_page_offset();
    if (column.isSetDictionary_page_offset()) {
      begin = Math.min(begin, column.getDictionary_page_offset());
    }
    long length = column.getTotal_compressed_size();
    require(
        begin >= 4 && length >= 0 && begin <= footer - length,
        "a column has %d bytes from %d on",
        length,
        begin);
    int end = (int) (begin + length);
    for (int at = (int) begin; at < end; ) {
      PageHeader page = new PageHeader();
      at += read(page, at, end);
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
      require(page.isSetCrc() && page.getCrc() == crc(at, size), "a page's checksum is another");
      at += size;
    }
  }

  private int crc(int at, int size) {
    CRC32 crc = new CRC32();
    crc.update(bytes, at, size);
    return (int) crc.getValue();
  }

  /**
   * Reads a structure that lies somewhere in [from, to).
   *
   * @return bytes that it takes
   */
  private int read(TBase<?, ?> structure, int from, int to) {
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

  private void require(boolean condition, String format, Object... args) {
    if (!condition) {
      throw new UserException(
          "%s cannot be read as Parquet: %s", name, String.format(Locale.ROOT, format, args));
    }
  }
}
