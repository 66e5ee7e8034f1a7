package io.sparkddpm.spark.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.error.UserException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;

/**
 * The columns of images and of labels in a Parquet file of the {@code datasets} library, as its key
 * {@code huggingface} describes them. Images are groups of {@code bytes} and {@code path}; labels
 * are numbers of names.
 *
 * @param image name of the column
 * @param label name of the column; empty if there are no labels
 * @param classNames by label
 */
record HuggingFaceColumns(String image, String label, List<String> classNames)
    implements Serializable {
  static final String KEY = "huggingface";
  static final String BYTES = "bytes";
  static final String PATH = "path";

  private static final long serialVersionUID = 1L;
  private static final ObjectMapper JSON = new ObjectMapper();

  HuggingFaceColumns {
    classNames = new ArrayList<>(classNames); // serialised by Java and by Kryo
  }

  /**
   * Finds the columns of a file.
   *
   * @param choice of columns, where there are several
   * @param name of the file, for messages
   * @throws UserException if there is no column of images, or it is not clear which is meant
   */
  static HuggingFaceColumns of(
      MessageType schema, Map<String, String> metadata, ColumnChoice choice, String name) {
    JsonNode features = features(metadata, name);
    List<String> images = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    for (Type column : schema.getFields()) {
      JsonNode type = features.path(column.getName()).path("_type");
      if (isImage(column) && (type.isMissingNode() || type.asText().equals("Image"))) {
        images.add(column.getName());
      } else if (type.asText().equals("ClassLabel")) {
        labels.add(column.getName());
      }
    }
    String image = choice.image(images, name, "images (bytes and path)");
    String label = choice.label(labels, name);
    List<String> names = new ArrayList<>();
    if (!label.isEmpty()) {
      requireNumbers(schema.getType(label), name);
      features.path(label).path("names").forEach(n -> names.add(n.asText()));
      if (names.isEmpty() || names.stream().distinct().count() < names.size()) {
        throw new UserException("%s: the names of column %s's classes are %s", name, label, names);
      }
    }
    return new HuggingFaceColumns(image, label, names);
  }

  private static JsonNode features(Map<String, String> metadata, String name) {
    try {
      return JSON.readTree(metadata.getOrDefault(KEY, "{}")).path("info").path("features");
    } catch (JsonProcessingException e) {
      throw new UserException(
          e, "%s: its key %s is no JSON: %s", name, KEY, e.getOriginalMessage());
    }
  }

  private static boolean isImage(Type column) {
    if (column.isPrimitive() || column.isRepetition(Type.Repetition.REPEATED)) {
      return false;
    }
    GroupType group = column.asGroupType();
    return group.containsField(BYTES)
        && group.getType(BYTES).isPrimitive()
        && !group.getType(BYTES).isRepetition(Type.Repetition.REPEATED)
        && group.getType(BYTES).asPrimitiveType().getPrimitiveTypeName()
            == PrimitiveType.PrimitiveTypeName.BINARY;
  }

  private static void requireNumbers(Type column, String name) {
    boolean numbers =
        column.isPrimitive()
            && !column.isRepetition(Type.Repetition.REPEATED)
            && (column.asPrimitiveType().getPrimitiveTypeName()
                    == PrimitiveType.PrimitiveTypeName.INT64
                || column.asPrimitiveType().getPrimitiveTypeName()
                    == PrimitiveType.PrimitiveTypeName.INT32);
    if (!numbers) {
      throw new UserException(
          "%s: labels must be whole numbers, but column %s is %s", name, column.getName(), column);
    }
  }

  /** The columns that are read. */
  MessageType projection(MessageType schema) {
    List<Type> columns = new ArrayList<>();
    columns.add(schema.getType(image));
    if (!label.isEmpty()) {
      columns.add(schema.getType(label));
    }
    return new MessageType(schema.getName(), columns);
  }
}
