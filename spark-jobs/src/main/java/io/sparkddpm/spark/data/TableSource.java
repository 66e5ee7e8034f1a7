package io.sparkddpm.spark.data;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.TaskHeap;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.ParquetGroups;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;

/**
 * Rows of Spark tables, which {@link TableStage} has put in a fixed order. Records are named after
 * their ids or contents, so that a dataset does not depend on how the table lies, or on the number
 * of executors.
 */
@Variant(value = "table", description = "rows of Spark tables and queries")
public record TableSource(
    @Key(value = "column of the images; empty for the only one", aliases = "../image-column")
        String imageColumn,
    @Key(
            value =
                "column of the labels; empty for the one called label if there is one, none to take"
                    + " no labels",
            aliases = "../label-column")
        String labelColumn,
    @Key(
            value =
                "column that identifies the rows and decides their order; empty to order them by"
                    + " the images' content",
            aliases = "../id-column")
        String idColumn)
    implements ImageSource {
  static final String CLASS_NAMES = "_classnames.txt";

  private static final long serialVersionUID = 1L;
  private static final int MOST_NAMES = 1 << 26; // bytes
  private static final List<String> EXTENSIONS = List.of(".parquet");

  /** Of the only columns of their kind. */
  public TableSource() {
    this("", "", "");
  }

  ColumnChoice columns() {
    return new ColumnChoice(imageColumn, labelColumn);
  }

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    List<String> classNames = classNames(conf, inputs.get(0));
    SplitFiles files = SplitFiles.of(conf, inputs, EXTENSIONS);
    List<long[]> rows = FileScan.of(conf, "read footers", files.files(), TableSource::rows);
    SourceListing.Builder slices = new SourceListing.Builder();
    for (int i = 0; i < rows.size(); i++) {
      long first = 0;
      for (int group = 0; group < rows.get(i).length; group++) {
        String key = group + ":" + classNames.size();
        slices.add(files.taken().get(i).slice(first, rows.get(i)[group], key));
        first += rows.get(i)[group];
      }
    }
    if (slices.records() == 0) {
      throw new UserException("the table has no rows");
    }
    return slices.build(classNames);
  }

  private static long[] rows(Configuration conf, InputFile file) throws IOException {
    try (ParquetGroups groups =
        new ParquetGroups(conf, file.uri(), file.size(), TaskHeap.bytes())) {
      return groups.rows();
    }
  }

  private static List<String> classNames(Configuration conf, URI rows) {
    return InputFiles.text(conf, new Path(Locations.resolve(rows, CLASS_NAMES)), MOST_NAMES)
        .orElseThrow(
            () ->
                new UserException(
                    "%s: tables are read by shard alone, which takes a query or a table's name",
                    rows))
        .lines()
        .toList();
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer)
      throws IOException {
    String[] key = slice.key().split(":");
    int classes = Integer.parseInt(key[1]);
    try (ParquetGroups groups =
        new ParquetGroups(conf, slice.uri(), slice.size(), TaskHeap.bytes())) {
      groups.read(
          Integer.parseInt(key[0]),
          groups.schema(),
          slice.first(),
          slice.records(),
          row -> consumer.accept(record(row, classes)));
    }
  }

  private static RawRecord record(Group row, int classes) {
    String source = row.getString(TableColumns.ID, 0);
    boolean hasLabel = row.getFieldRepetitionCount(TableColumns.LABEL) > 0;
    long label = hasLabel ? row.getLong(TableColumns.LABEL, 0) : Condition.NO_LABEL;
    if (classes > 0 && label < 0) {
      return RawRecord.unlabelled(source);
    }
    if (row.getFieldRepetitionCount(TableColumns.IMAGE) == 0) {
      return RawRecord.bad(source, "has no image, or one that is transparent or of another kind");
    }
    byte[] bytes = row.getBinary(TableColumns.IMAGE, 0).getBytes();
    return new RawRecord(bytes, source, classes > 0 ? (int) label : Condition.NO_LABEL);
  }
}
