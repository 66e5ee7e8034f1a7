package io.sparkddpm.spark.data;

import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
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
   * All files of a job's inputs, in the order that ids follow.
   *
   * @throws io.sparkddpm.error.UserException naming what is missing, empty, cut off or foreign
   */
  public static List<InputFile> list(Configuration conf, List<URI> inputs, ShardConfig config) {
    Stream<URI> from = inputs.stream().map(uri -> Locations.qualify(conf, uri));
    Set<InputFile> files = new LinkedHashSet<>(); // one may be listed in several slices
    config.format().source().list(conf, from.toList()).forEach(s -> files.add(of(s)));
    return List.copyOf(files);
  }
}
