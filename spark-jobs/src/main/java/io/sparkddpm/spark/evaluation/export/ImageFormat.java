package io.sparkddpm.spark.evaluation.export;

import io.sparkddpm.error.UserException;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * A format of another program that images are written in. A further one is a class and a line in
 * {@link #ALL}. Equal images give equal bytes. Stateless: threads share it.
 */
interface ImageFormat extends Serializable {
  /** All formats. */
  List<ImageFormat> ALL =
      List.of(new HuggingFaceFormat(), new WebDatasetFormat(), new FolderFormat(), new NpzFormat());

  /** Names of all formats. */
  static List<String> names() {
    return ALL.stream().map(ImageFormat::name).toList();
  }

  /**
   * The format of that name.
   *
   * @throws UserException if there is none
   */
  static ImageFormat named(String name) {
    return ALL.stream()
        .filter(format -> format.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "the format must be one of %s, got %s", String.join(", ", names()), name));
  }

  /** What users call it. */
  String name();

  /** Whether all images go into one file, which one task writes. */
  default boolean isOneFile() {
    return false;
  }

  /**
   * Writes the images of a chunk; run on executors, again if a task is tried again.
   *
   * @throws UserException naming what cannot be written
   */
  void write(Configuration conf, ImageChunk chunk);
}
