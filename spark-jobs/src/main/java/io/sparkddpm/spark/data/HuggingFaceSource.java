package io.sparkddpm.spark.data;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.TaskHeap;
import io.sparkddpm.spark.store.ParquetGroups;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;

/**
 * Hugging Face's image datasets as Parquet files: a column of {@code bytes} and {@code path}, and
 * one of class labels whose names stand in the file's metadata ({@link HuggingFaceColumns}). Row
 * groups are read one at a time. A row without image, with a path only, or without a label where
 * there are classes is a bad record.
 */
@Variant(value = "huggingface", description = "Parquet files of images in Hugging Face's layout")
public record HuggingFaceSource(
    @Key(value = "column of the images; empty for the only one", aliases = "../image-column")
        String imageColumn,
    @Key(
            value = "column of the labels; empty for the only one, none to take no labels",
            aliases = "../label-column")
        String labelColumn)
    implements ImageSource {
  private static final long serialVersionUID = 1L;
  private static final List<String> EXTENSIONS = List.of(".parquet");
  private static final int LONGEST_PATH = 200;

  /** With the only columns of their kind. */
  public HuggingFaceSource() {
    this("", "");
  }

  private ColumnChoice columns() {
    return new ColumnChoice(imageColumn, labelColumn);
  }

  @Override
  public List<String> extensions() {
    return EXTENSIONS;
  }

  /** What a listing needs of a file. */
  private record Look(HuggingFaceColumns columns, long[] rows) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    SplitFiles files = SplitFiles.of(conf, inputs, EXTENSIONS);
    SourceListing.Builder slices = new SourceListing.Builder();
    files.warnings().forEach(slices::warn);
    List<Look> looks = FileScan.of(conf, "read footers", files.files(), this::look);
    for (int i = 0; i < looks.size(); i++) {
      refuseOther(files.taken(), looks, i);
      long first = 0;
      long[] rows = looks.get(i).rows();
      for (int group = 0; group < rows.length; group++) {
        slices.add(files.taken().get(i).slice(first, rows[group], Integer.toString(group)));
        first += rows[group];
      }
    }
    if (slices.records() == 0) {
      throw new UserException("%s holds no rows", inputs.get(0));
    }
    return slices.build(looks.get(0).columns().classNames()).mixed();
  }

  private Look look(Configuration conf, InputFile file) throws IOException {
    try (ParquetGroups groups =
        new ParquetGroups(conf, file.uri(), file.size(), TaskHeap.bytes())) {
      return new Look(columns(groups, file.uri()), groups.rows());
    }
  }

  private HuggingFaceColumns columns(ParquetGroups groups, URI uri) {
    return HuggingFaceColumns.of(groups.schema(), groups.metadata(), columns(), uri.getPath());
  }

  private static void refuseOther(List<SplitFiles.Taken> files, List<Look> looks, int i) {
    List<String> first = looks.get(0).columns().classNames();
    List<String> now = looks.get(i).columns().classNames();
    if (!first.equals(now)) {
      throw new UserException(
          "the inputs' classes differ: %s has %s, %s has %s",
          files.get(0).file().uri(), first, files.get(i).file().uri(), now);
    }
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer)
      throws IOException {
    try (ParquetGroups groups =
        new ParquetGroups(conf, slice.uri(), slice.size(), TaskHeap.bytes())) {
      HuggingFaceColumns columns = columns(groups, slice.uri());
      long[] row = {slice.first()};
      groups.read(
          Integer.parseInt(slice.key()),
          columns.projection(groups.schema()),
          slice.first(),
          slice.records(),
          values -> consumer.accept(record(values, columns, slice.name() + "#" + row[0]++)));
    }
  }

  private static RawRecord record(Group row, HuggingFaceColumns columns, String source) {
    int label = Condition.NO_LABEL;
    if (!columns.label().isEmpty()) {
      long stored = isNull(row, columns.label()) ? -1 : number(row, columns.label());
      if (stored < 0) {
        return RawRecord.bad(
            source,
            "has no label, but there are classes (shard.format.label-column=none takes no labels at"
                + " all)");
      }
      if (stored >= columns.classNames().size()) {
        return RawRecord.bad(
            source, "has the label " + stored + " of " + columns.classNames().size() + " classes");
      }
      label = (int) stored;
    }
    if (isNull(row, columns.image())) {
      return RawRecord.bad(source, "has no image");
    }
    Group image = row.getGroup(columns.image(), 0);
    if (isNull(image, HuggingFaceColumns.BYTES)) {
      return RawRecord.bad(source, "has no image, only " + path(image));
    }
    byte[] bytes = image.getBinary(HuggingFaceColumns.BYTES, 0).getBytes();
    return new RawRecord(bytes, source, label);
  }

  private static String path(Group image) {
    boolean has =
        image.getType().containsField(HuggingFaceColumns.PATH)
            && !isNull(image, HuggingFaceColumns.PATH);
    if (!has) {
      return "an empty entry";
    }
    String path = image.getString(HuggingFaceColumns.PATH, 0);
    return "the path " + path.substring(0, Math.min(LONGEST_PATH, path.length()));
  }

  private static boolean isNull(Group row, String column) {
    return row.getFieldRepetitionCount(column) == 0;
  }

  private static long number(Group row, String column) {
    Type type = row.getType().getType(column);
    return type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveType.PrimitiveTypeName.INT64
        ? row.getLong(column, 0)
        : row.getInteger(column, 0);
  }
}
