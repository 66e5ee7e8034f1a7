package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;

/**
 * A Parquet file of another program, of which one row group is read at a time, and of that the
 * columns that are wanted: one request for the footer, one for each column. Whatever is wrong with
 * it ends in a {@link UserException} that names it. For one thread.
 */
public final class ParquetGroups implements Closeable {
  private static final int TAIL = 1 << 16;
  private static final long LONGEST_FOOTER = 1L << 28;
  private static final Set<CompressionCodec> CODECS =
      Set.of(
          CompressionCodec.UNCOMPRESSED,
          CompressionCodec.SNAPPY,
          CompressionCodec.GZIP,
          CompressionCodec.ZSTD);

  private final String name;
  private final long most;
  private final FSDataInputStream in;
  private final ParquetClaims claims;
  private final ParquetRanges ranges;
  private final FileMetaData meta;
  private final Map<String, String> metadata = new TreeMap<>();
  private final ParquetFileReader reader;

  /**
   * Opens a file and reads its footer.
   *
   * @param length of the file, in bytes
   * @param most bytes of heap that the wanted columns of a row group may take
   * @throws UserException if it is damaged or none
   * @throws IOException if reading fails, which may pass
   */
  public ParquetGroups(Configuration conf, URI uri, long length, long most) throws IOException {
    Path path = new Path(uri);
    this.name = path.toString();
    this.most = most;
    this.claims = new ParquetClaims(name, Long.MAX_VALUE, false);
    this.ranges = new ParquetRanges(name, length);
    this.meta = new FileMetaData();
    this.in = Locations.openRange(Locations.fileSystem(conf, uri), path);
    try {
      readFooter(length);
      this.reader = open(conf);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  private ParquetFileReader open(Configuration conf) {
    try {
      return ParquetFileReader.open(ranges, HadoopReadOptions.builder(conf).build());
    } catch (IOException | RuntimeException e) { // all bytes are here: they are damaged
      throw unreadable(e);
    }
  }

  private void readFooter(long length) throws IOException {
    claims.require(length >= 4 + CanonicalFooter.TRAILER_BYTES, "it has %d bytes", length);
    byte[] tail = bytes(length - Math.min(length, TAIL), (int) Math.min(length, TAIL));
    ByteBuffer end = ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN);
    claims.require(
        end.getInt(tail.length - 4) == ParquetClaims.MAGIC, "it does not end as such a file");
    int footerLength = end.getInt(tail.length - CanonicalFooter.TRAILER_BYTES);
    long begin = length - CanonicalFooter.TRAILER_BYTES - footerLength;
    claims.require(
        footerLength > 0 && begin >= 4 && footerLength <= Math.min(LONGEST_FOOTER, most),
        "its footer has %d bytes",
        footerLength);
    int needed = footerLength + CanonicalFooter.TRAILER_BYTES;
    byte[] all = needed <= tail.length ? tail : bytes(length - needed, needed);
    claims.read(meta, all, all.length - needed, all.length - CanonicalFooter.TRAILER_BYTES);
    ranges.put(length - all.length, all);
    if (meta.isSetKey_value_metadata()) {
      for (KeyValue entry : meta.getKey_value_metadata()) {
        metadata.put(entry.getKey(), entry.isSetValue() ? entry.getValue() : "");
      }
    }
    checkGroups(begin);
  }

  private void checkGroups(long end) {
    long rows = 0;
    for (RowGroup group : meta.getRow_groups()) {
      claims.require(
          group.getNum_rows() > 0 && group.getNum_rows() <= Integer.MAX_VALUE,
          "a row group has %d rows",
          group.getNum_rows());
      rows += group.getNum_rows();
      for (ColumnChunk chunk : group.getColumns()) {
        claims.require(chunk.isSetMeta_data(), "a column says nothing of itself");
        ColumnMetaData column = chunk.getMeta_data();
        long begin = ParquetClaims.begin(column);
        long length = column.getTotal_compressed_size();
        claims.require(
            begin >= 4 && length >= 0 && begin <= end - length,
            "a column has %d bytes from %d on",
            length,
            begin);
        claims.require(
            CODECS.contains(column.getCodec()),
            "a column is compressed by %s; accepted are none, snappy, gzip and zstd",
            column.getCodec());
      }
    }
    claims.require(
        rows == meta.getNum_rows(), "it has %d rows, its parts %d", meta.getNum_rows(), rows);
  }

  /** What the file says of itself, by key. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** Its columns. */
  public MessageType schema() {
    return reader.getFooter().getFileMetaData().getSchema();
  }

  /** Rows of each row group. */
  public long[] rows() {
    return meta.getRow_groups().stream().mapToLong(RowGroup::getNum_rows).toArray();
  }

  /**
   * Reads rows of a row group.
   *
   * @param group from 0
   * @param columns that are wanted, of {@link #schema}
   * @param first row, counted in the whole file
   * @param count of rows
   * @throws UserException if they are damaged, or more than the heap has room for
   * @throws IOException if reading fails, which may pass
   */
  public void read(int group, MessageType columns, long first, long count, ParquetRows.Row row)
      throws IOException {
    List<RowGroup> groups = meta.getRow_groups();
    long from = first - groups.stream().limit(group).mapToLong(RowGroup::getNum_rows).sum();
    claims.require(
        group < groups.size() && from >= 0 && from + count <= groups.get(group).getNum_rows(),
        "it has no rows %d to %d in row group %d any more",
        first,
        first + count,
        group);
    load(group, columns);
    try {
      reader.setRequestedSchema(columns);
      PageReadStore pages = reader.readRowGroup(group);
      RecordReader<Group> rows =
          new ColumnIOFactory()
              .getColumnIO(columns, schema())
              .getRecordReader(pages, new GroupRecordConverter(columns));
      for (long i = 0; i < from + count; i++) {
        Group next = rows.read();
        if (i >= from) {
          row.accept(next);
        }
      }
    } catch (UserException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // all bytes are here: they are damaged
      throw unreadable(e);
    } catch (OutOfMemoryError e) { // Parquet allocates what a run of repeated values claims
      throw new UserException(
          e,
          "%s: row group %d does not fit into memory: the file is damaged, or needs smaller row"
              + " groups",
          name,
          group);
    }
  }

  /** Reads and checks the columns' bytes. */
  private void load(int group, MessageType columns) throws IOException {
    ranges.keepFooter();
    Set<List<String>> wanted = new HashSet<>();
    columns.getPaths().forEach(path -> wanted.add(List.of(path)));
    List<ColumnMetaData> chunks =
        meta.getRow_groups().get(group).getColumns().stream()
            .map(ColumnChunk::getMeta_data)
            .filter(c -> wanted.contains(c.getPath_in_schema()))
            .toList();
    long bytes = chunks.stream().mapToLong(ColumnMetaData::getTotal_compressed_size).sum();
    long room = most - bytes;
    if (chunks.stream().anyMatch(c -> c.getTotal_compressed_size() > Integer.MAX_VALUE - 8)
        || room < bytes) {
      throw tooLarge(group, bytes);
    }
    ParquetClaims pages = new ParquetClaims(name, room, false);
    for (ColumnMetaData column : chunks) {
      long begin = ParquetClaims.begin(column);
      byte[] chunk = bytes(begin, (int) column.getTotal_compressed_size());
      pages.pages(column, chunk, 0, chunk.length);
      ranges.put(begin, chunk);
    }
  }

  private UserException tooLarge(int group, long bytes) {
    return new UserException(
        "%s: row group %d has %d MiB in the columns that are read, more than half of the %d MiB"
            + " that a task may take: write it anew with smaller row groups (pyarrow:"
            + " row_group_size=100), or give executors more memory",
        name, group, bytes >> 20, most >> 20);
  }

  private byte[] bytes(long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    in.readFully(offset, bytes);
    return bytes;
  }

  private UserException unreadable(Exception e) {
    String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new UserException(
        e, "%s cannot be read as Parquet: %s", name, why.lines().findFirst().orElse(""));
  }

  @Override
  public void close() throws IOException {
    reader.close();
    in.close();
  }
}
