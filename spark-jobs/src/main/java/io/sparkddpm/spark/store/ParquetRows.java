package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.InputFile;

/**
 * The rows of a Parquet file of this program that was read as a whole. Whatever is wrong with it
 * ends in a {@link UserException} that names it. For one thread.
 */
public final class ParquetRows implements Closeable {
  private final String name;
  private final ParquetPages pages;
  private final ParquetReader<Group> reader;

  /** Takes a row apart. */
  public interface Row {
    /** Takes it. */
    void accept(Group row);
  }

  /**
   * Opens a file.
   *
   * @param bytes all of it
   * @param name its URI, for messages
   * @param most bytes that its columns may hold, decompressed
   * @throws UserException if it is damaged
   */
  public ParquetRows(Configuration conf, byte[] bytes, String name, long most) {
    this.name = name;
    this.pages = new ParquetPages(bytes, name, most);
    try {
      this.reader = new Builder(new ParquetBytes(bytes, name), conf).build();
    } catch (IOException | RuntimeException e) {
      throw unreadable(e);
    }
  }

  /** How many rows there are. */
  public long count() {
    return pages.rows();
  }

  /** What the file says of itself, by key. */
  public Map<String, String> metadata() {
    return pages.metadata();
  }

  /** Bytes that its columns hold, decompressed. */
  public long content() {
    return pages.content();
  }

  /**
   * Hands over all rows, in their order.
   *
   * @throws UserException if one cannot be read, or is of other columns than {@code row} asks for
   */
  public void forEach(Row row) {
    try {
      for (Group group = reader.read(); group != null; group = reader.read()) {
        row.accept(group);
      }
    } catch (UserException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw unreadable(e);
    }
  }

  private UserException unreadable(Exception e) {
    String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new UserException(
        e, "%s cannot be read as Parquet: %s", name, why.lines().findFirst().orElse(""));
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }

  private static final class Builder extends ParquetReader.Builder<Group> {
    Builder(InputFile file, Configuration conf) {
      super(file);
      withConf(conf);
    }

    @Override
    protected ReadSupport<Group> getReadSupport() {
      return new GroupReadSupport();
    }
  }
}
