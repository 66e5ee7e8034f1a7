package io.sparkddpm.spark.data;

import io.sparkddpm.config.OneOf;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.medium.Medium;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;

/**
 * A format that records of a dataset are made from: images, or anything else of one type and shape.
 * The driver lists, executors read and decode. Stateless: threads share it.
 *
 * <p>A further one is a public record with a {@link io.sparkddpm.config.Variant}, which names it,
 * and a line in {@code META-INF/services}; its components are keys of its own, and it has a public
 * constructor without arguments. One of image files implements {@link ImageSource}. A listing must
 * depend on names and content only, never on the order in which a file system answers: it decides
 * the records' ids.
 */
@OneOf(services = true)
public interface RecordSource extends Serializable {
  /** Extensions, with their dots, by which its files are recognised where no format is given. */
  default List<String> extensions() {
    return List.of();
  }

  /** What its records become. */
  RecordLayout layout(ShardConfig config);

  /** What its records are to people. */
  default Medium medium() {
    return new ImageMedium();
  }

  /** The same where it depends on what the inputs hold. */
  default Medium medium(SourceListing listing) {
    return medium();
  }

  /**
   * All records of the inputs in their order, checked as far as possible without reading them.
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
  void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer) throws IOException;

  /** What decodes the records of one task. */
  RecordDecoder decoder(ShardConfig config);
}
