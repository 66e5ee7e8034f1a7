package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import java.io.Serializable;
import java.util.List;

/**
 * Which columns of a table are meant.
 *
 * @param image name of the column of images; empty for the only one
 * @param label name of the column of labels; empty for the only one, {@link #NONE} for no labels
 */
record ColumnChoice(String image, String label) implements Serializable {
  /** The only columns of their kind. */
  static final ColumnChoice ANY = new ColumnChoice("", "");

  /** Takes no labels. */
  static final String NONE = "none";

  static final String LABEL_KEY = "shard.format.label-column";

  private static final long serialVersionUID = 1L;
  private static final String IMAGE_KEY = "shard.format.image-column";

  /**
   * The column of images.
   *
   * @param columns that hold images
   * @param name of the file, for messages
   * @param what images are made of there
   * @throws UserException if there is none of that name, or several and no name
   */
  String image(List<String> columns, String name, String what) {
    if (columns.isEmpty()) {
      throw new UserException("%s has no column of %s", name, what);
    }
    return chosen(columns, image, IMAGE_KEY, name);
  }

  /** The column of labels; empty if there is none, or none is wanted. */
  String label(List<String> columns, String name) {
    boolean none = takesNoLabels() || label.isEmpty() && columns.isEmpty();
    return none ? "" : chosen(columns, label, LABEL_KEY, name);
  }

  boolean takesNoLabels() {
    return label.equals(NONE);
  }

  private static String chosen(List<String> columns, String wanted, String key, String name) {
    if (wanted.isEmpty() && columns.size() == 1) {
      return columns.get(0);
    }
    if (!columns.contains(wanted)) {
      throw new UserException(
          "%s: %s must be one of its columns %s%s",
          name, key, columns, wanted.isEmpty() ? "" : ", got " + wanted);
    }
    return wanted;
  }
}
