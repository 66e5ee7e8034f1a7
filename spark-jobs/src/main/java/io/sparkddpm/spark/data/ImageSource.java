package io.sparkddpm.spark.data;

import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.LabelledImage;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;

/**
 * A layout of images. The driver lists, executors read and decode. Stateless: threads share it.
 *
 * <p>A record's place in the listing is its id in the dataset, so a listing must depend on names
 * and content only, never on the order in which a file system answers.
 */
interface ImageSource extends Serializable {
  /**
   * All records of the inputs in their order, checked as far as that goes without reading them.
   *
   * @param inputs files or directories, absolute
   * @throws io.sparkddpm.error.UserException naming what is missing, empty, cut off or foreign
   */
  SourceListing list(Configuration conf, List<URI> inputs);

  /**
   * Reads the records of a slice in order.
   *
   * @throws IOException if the file system fails, which may pass
   */
  void read(Configuration conf, SourceSlice slice, Consumer<RawImage> consumer) throws IOException;

  /**
   * Decodes one record to RGB in its own size.
   *
   * @param decoder of the task, for image files
   * @throws io.sparkddpm.image.BadImageException naming file and record
   */
  LabelledImage decode(RawImage raw, ImageDecoder decoder);
}
