package io.sparkddpm.spark.fid;

import io.sparkddpm.image.ByteImage;
import java.io.Serializable;
import java.util.function.BiConsumer;
import org.apache.hadoop.conf.Configuration;

/**
 * A part of a set of images, read by one task. How a set is cut into parts depends on the set
 * alone, so that statistics do not depend on the cluster.
 */
interface ImagePart extends Serializable {
  /** Its place in the set, from 0. */
  int index();

  /** How many images it holds. */
  long images();

  /**
   * Reads the images in order.
   *
   * @param consumer takes the name of an image, for messages, and the image
   * @return hex SHA-256 of what was read, or the file's as its manifest has it
   * @throws io.sparkddpm.error.UserException naming file and image, if it cannot be read
   */
  String read(Configuration conf, BiConsumer<String, ByteImage> consumer);
}
