package io.sparkddpm.spark.data;

import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/**
 * A file that images are taken from, as a file system shows it.
 *
 * @param uri where it lies
 * @param size in bytes
 * @param modified when it was last changed, in the file system's milliseconds
 */
public record InputFile(URI uri, long size, long modified) {

  static InputFile of(SourceSlice slice) {
    return new InputFile(slice.uri(), slice.size(), slice.modified());
  }

  /**
   * All files of a job's inputs, in the order that ids follow. One of which several ranges are read
   * comes once for each.
   *
   * @throws io.sparkddpm.error.UserException naming what is missing, empty, cut off or foreign
   */
  public static void forEach(
      Configuration conf, List<URI> inputs, ShardConfig config, Consumer<InputFile> consumer) {
    Stream<URI> from = inputs.stream().map(uri -> Locations.qualify(conf, uri));
    config.format().source().list(conf, from.toList()).forEach(slice -> consumer.accept(of(slice)));
  }
}
