package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.RowGroup;

/**
 * What a Parquet file's footer and page headers claim, compared with its bytes: lists and pages lie
 * within the file, pages have the checksums that they were written with, and no more is in them
 * than the file can be of.
 */
final class ParquetPages {
  private final byte[] bytes;
  private final ParquetClaims claims;
  private final int footer;
  private final long rows;
  private final Map<String, String> metadata = new TreeMap<>();

  /**
   * Looks at all of a file.
   *
   * @param name for messages
   * @param most bytes that its pages may hold, decompressed
   * @throws UserException if something does not fit
   */
  ParquetPages(byte[] bytes, String name, long most) {
    this.bytes = bytes;
    this.claims = new ParquetClaims(name, most, true);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int end = bytes.length - CanonicalFooter.TRAILER_BYTES;
    claims.require(
        end >= 4
            && buffer.getInt(0) == ParquetClaims.MAGIC
            && buffer.getInt(bytes.length - 4) == ParquetClaims.MAGIC,
        "it does not begin and end as such a file");
    int length = buffer.getInt(end);
    claims.require(length > 0 && length <= end - 4, "its footer has %d bytes", length);
    this.footer = end - length;
    FileMetaData meta = new FileMetaData();
    claims.read(meta, bytes, footer, end);
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
        claims.require(column.isSetMeta_data(), "a column says nothing of itself");
        pages(column.getMeta_data());
      }
    }
    claims.require(rows >= 0 && rows == inGroups, "it has %d rows, its parts %d", rows, inGroups);
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
    return claims.content();
  }

  private void pages(ColumnMetaData column) {
    long begin = ParquetClaims.begin(column);
    long length = column.getTotal_compressed_size();
    claims.require(
        begin >= 4 && length >= 0 && begin <= footer - length,
        "a column has %d bytes from %d on",
        length,
        begin);
    claims.pages(column, bytes, (int) begin, (int) (begin + length));
  }
}
