package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.spark.data.ImageSource;
import io.sparkddpm.spark.data.RawRecord;
import io.sparkddpm.spark.session.TaskHeap;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;

/**
 * A part of a set of images, read by one task. How a set is cut into parts depends on the set
 * alone, so that statistics do not depend on the cluster.
 */
public interface ImagePart extends Serializable {
  /** Takes images. */
  interface Sink {
    /**
     * Announces an image before it is read.
     *
     * @param bytes that it has in the file
     * @param heap bytes of memory that reading it takes
     * @throws io.sparkddpm.image.BadImageException naming it, if that is too much
     */
    default void expect(String name, long bytes, long heap) {}

    /**
     * Takes an image.
     *
     * @param name of the image, for messages
     * @param label its class, or {@link io.sparkddpm.statistics.FeatureFile#NO_LABEL}
     */
    void accept(String name, int label, ByteImage image);

    /**
     * Takes an image that is a record of a source.
     *
     * @throws io.sparkddpm.image.BadImageException naming it, if it cannot be used
     */
    default void acceptRecord(RawRecord raw, ImageSource source) {
      LabelledImage image = source.decode(raw, new ImageDecoder(TaskHeap.bytes()));
      accept(raw.source(), image.label(), image.image());
    }

    /**
     * Takes an image that is a file's content.
     *
     * @throws io.sparkddpm.image.BadImageException naming it, if it cannot be used
     */
    default void acceptFile(String name, int label, byte[] file) {
      accept(name, label, ImageCodec.decode(file, name));
    }
  }

  /** Its place in the set, from 0. */
  int index();

  /** How many images it holds. */
  long images();

  /**
   * Reads the images in order.
   *
   * @param sink takes the images
   * @return hex SHA-256 of what was read, or the file's as its manifest has it
   * @throws io.sparkddpm.error.UserException naming file and image, if it cannot be read
   */
  String read(Configuration conf, Sink sink);
}
