package io.sparkddpm.spark.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/**
 * What the columns of a Parquet file are to the {@code datasets} library, which reads it from the
 * key {@code huggingface} of the file's metadata. For one thread.
 */
public final class HuggingFaceFeatures {
  private static final String TYPE = "_type";

  private final ObjectNode whole = new ObjectMapper().createObjectNode();
  private final ObjectNode features = whole.putObject("info").putObject("features");

  /** Adds a column of image files: bytes, or a group of {@code bytes} and {@code path}. */
  public HuggingFaceFeatures image(String column) {
    features.putObject(column).put(TYPE, "Image");
    return this;
  }

  /**
   * Adds a column of numbers or texts.
   *
   * @param type as Arrow calls it, such as {@code int64}
   */
  public HuggingFaceFeatures value(String column, String type) {
    features.putObject(column).put("dtype", type).put(TYPE, "Value");
    return this;
  }

  /** Adds a column of labels with the names of the classes. */
  public HuggingFaceFeatures classes(String column, List<String> names) {
    ObjectNode label = features.putObject(column);
    names.forEach(label.putArray("names")::add);
    label.put(TYPE, "ClassLabel");
    return this;
  }

  /** The metadata of the file. */
  public Map<String, String> metadata() {
    return Map.of(HuggingFaceColumns.KEY, whole.toString());
  }
}
