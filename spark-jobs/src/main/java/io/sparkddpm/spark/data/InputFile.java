package io.sparkddpm.spark.data;

import java.io.Serializable;
import java.net.URI;

/**
 * A file that images are taken from, as a file system shows it.
 *
 * @param uri where it lies
 * @param size in bytes
 * @param modified when it was last changed, in the file system's milliseconds
 */
public record InputFile(URI uri, long size, long modified) implements Serializable {

  /** The file of a slice. */
  static InputFile of(SourceSlice slice) {
    return new InputFile(slice.uri(), slice.size(), slice.modified());
  }
}
