package io.sparkddpm.spark.data;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.udf;

import io.sparkddpm.error.UserException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What images, labels and ids are in a table: image files as bytes, alone (as in Spark's {@code
 * binaryFile}) or in a group of {@code bytes} and {@code path} (as in Hugging Face's), or pixels by
 * Spark's {@code image} schema; labels as whole numbers or names.
 */
public final class TableColumns {
  static final String IMAGE = "image";
  static final String LABEL = "label";
  static final String ID = "id";

  private static final String BYTES = "bytes";
  private static final String NO_ID = "null";

  private final org.apache.spark.sql.Dataset<Row> table;
  private final String query;
  private final Column image;
  private final String label;
  private final TableSource choice;
  private final boolean mix;

  /**
   * Finds the columns.
   *
   * @param query that the table comes from, for messages
   * @param choice which columns are meant
   * @param mix whether rows with ids are mixed
   * @throws UserException naming the columns, if it is not clear which are meant
   */
  TableColumns(
      org.apache.spark.sql.Dataset<Row> table, String query, TableSource choice, boolean mix) {
    this.table = table;
    this.query = query;
    this.choice = choice;
    this.mix = mix;
    this.image = image(table.schema(), query, choice.columns());
    this.label = label();
    if (!choice.idColumn().isEmpty()) {
      type(choice.idColumn(), "shard.format.id-column");
    }
  }

  /**
   * The image files of a table as bytes; null where a row has none.
   *
   * @param query that the table comes from, for messages
   * @param name of the column; empty for the only one that holds images
   * @throws UserException naming the columns, if it is not clear which is meant
   */
  public static Column images(StructType schema, String query, String name) {
    return image(schema, query, new ColumnChoice(name, ColumnChoice.NONE));
  }

  private static Column image(StructType schema, String query, ColumnChoice choice) {
    Map<String, Column> images = new LinkedHashMap<>();
    for (StructField field : schema.fields()) {
      image(field).ifPresent(column -> images.put(field.name(), column));
    }
    List<String> names = List.copyOf(images.keySet());
    String what = "image files as bytes, or of Spark's image schema";
    return images.get(choice.image(names, query, what));
  }

  private static Optional<Column> image(StructField field) {
    Column column = name(field.name());
    if (field.dataType() instanceof BinaryType) {
      return Optional.of(column);
    }
    if (!(field.dataType() instanceof StructType group)) {
      return Optional.empty();
    }
    List<String> names = List.of(group.fieldNames());
    if (names.contains(BYTES) && group.apply(BYTES).dataType() instanceof BinaryType) {
      return Optional.of(column.getField(BYTES));
    }
    return names.containsAll(SparkImage.FIELDS)
        ? Optional.of(udf((UDF1<Row, byte[]>) SparkImage::png, DataTypes.BinaryType).apply(column))
        : Optional.empty();
  }

  private String label() {
    String found = choice.labelColumn();
    if (found.isEmpty()) {
      found = List.of(table.columns()).contains(LABEL) ? LABEL : ColumnChoice.NONE;
    }
    if (!found.equals(ColumnChoice.NONE)) {
      DataType type = type(found, ColumnChoice.LABEL_KEY);
      if (!isNumber(type) && !(type instanceof StringType)) {
        throw new UserException(
            "%s: labels must be whole numbers or names, but column %s is of type %s",
            query, found, type.simpleString());
      }
    }
    return found;
  }

  private static boolean isNumber(DataType type) {
    return type instanceof LongType
        || type instanceof IntegerType
        || type instanceof ShortType
        || type instanceof ByteType;
  }

  private DataType type(String column, String key) {
    List<String> columns = List.of(table.columns());
    if (!columns.contains(column)) {
      throw new UserException(
          "%s: %s must be one of its columns %s, got %s", query, key, columns, column);
    }
    return table.schema().apply(column).dataType();
  }

  private static Column name(String column) {
    return col("`" + column.replace("`", "``") + "`");
  }

  /** Whether there are labels. */
  boolean hasLabels() {
    return !label.equals(ColumnChoice.NONE);
  }

  /** Whether labels are names, not numbers. */
  boolean hasNames() {
    return hasLabels() && !isNumber(type(label, ColumnChoice.LABEL_KEY));
  }

  /** The labels alone. */
  org.apache.spark.sql.Dataset<Row> labels() {
    return table.select(name(label));
  }

  /**
   * The rows as they are staged, in an order that does not depend on the table's: by the id, mixed
   * or as it is, or by the images' content.
   *
   * @param numbers of names; not needed where labels are numbers
   */
  org.apache.spark.sql.Dataset<Row> staged(HashMap<String, Long> numbers) {
    Column content = sha2(image, 256);
    boolean byContent = choice.idColumn().isEmpty();
    Column id = byContent ? content : name(choice.idColumn()).cast(DataTypes.StringType);
    Column order =
        byContent
            ? content
            : mix ? sha2(id.cast(DataTypes.BinaryType), 256) : name(choice.idColumn());
    Column shown = concat(lit(byContent ? "sha256=" : "id="), coalesce(id, lit(NO_ID)));
    org.apache.spark.sql.Dataset<Row> rows =
        table.select(
            order.as("order"),
            content.as("content"),
            shown.as(ID),
            number(numbers).as(LABEL),
            image.as(IMAGE));
    Column[] keys = {col("order"), col("content"), col(LABEL)};
    return rows.repartitionByRange(keys).sortWithinPartitions(keys).select(ID, LABEL, IMAGE);
  }

  private Column number(HashMap<String, Long> numbers) {
    if (!hasLabels()) {
      return lit(null).cast(DataTypes.LongType);
    }
    return hasNames()
        ? udf((UDF1<String, Long>) numbers::get, DataTypes.LongType).apply(name(label))
        : name(label).cast(DataTypes.LongType);
  }
}
