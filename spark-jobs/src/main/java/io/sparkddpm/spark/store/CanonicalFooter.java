package io.sparkddpm.spark.store;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Comparator;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.PageEncodingStats;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;

/**
 * Parquet's footer with its lists in a fixed order. parquet-hadoop lists a column's encodings in
 * the order of a hash set of enums, which differs between JVMs: equal rows would not give equal
 * bytes.
 */
final class CanonicalFooter {
  /** Length of the footer and the magic number, which end every file. */
  static final int TRAILER_BYTES = 8;

  private CanonicalFooter() {}

  /** Length of the footer, from the last bytes of a file. */
  static int length(byte[] tail, int size) {
    return ByteBuffer.wrap(tail, size - TRAILER_BYTES, Integer.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt();
  }

  /**
   * The same footer in the fixed order.
   *
   * @param tail ends with footer, its length and the magic number
   * @param size how much of {@code tail} counts
   * @return what takes the place of these three
   */
  static byte[] of(byte[] tail, int size) throws IOException {
    int length = length(tail, size);
    int begin = size - TRAILER_BYTES - length;
    FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(tail, begin, length));
    for (RowGroup group : footer.getRow_groups()) {
      for (ColumnChunk column : group.getColumns()) {
        sort(column.getMeta_data());
      }
    }
    if (footer.isSetKey_value_metadata()) {
      footer.getKey_value_metadata().sort(Comparator.comparing(KeyValue::getKey));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Util.writeFileMetaData(footer, bytes);
    int written = bytes.size();
    bytes.write(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(written).array());
    bytes.write(tail, size - Integer.BYTES, Integer.BYTES);
    return bytes.toByteArray();
  }

  private static void sort(ColumnMetaData column) {
    column.getEncodings().sort(Comparator.naturalOrder());
    if (column.isSetEncoding_stats()) {
      column
          .getEncoding_stats()
          .sort(
              Comparator.comparing(PageEncodingStats::getPage_type)
                  .thenComparing(PageEncodingStats::getEncoding)
                  .thenComparing(PageEncodingStats::getCount));
    }
  }
}
