package io.sparkddpm.spark.evaluation.export;

import io.sparkddpm.image.ByteImage;
import io.sparkddpm.spark.evaluation.input.ImagePart;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.PlainFile;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * Images that one task writes.
 *
 * @param to directory of the output
 * @param number of the chunk, from 0
 * @param chunks that there are
 * @param first index of its first image, from 0
 * @param parts its images, in order
 * @param all of the set
 * @param labelled whether images have labels
 * @param classNames by label; empty if there are no labels, or they have no names
 */
record ImageChunk(
    URI to,
    int number,
    int chunks,
    long first,
    List<ImagePart> parts,
    long all,
    boolean labelled,
    List<String> classNames)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  ImageChunk {
    parts = new ArrayList<>(parts); // serialised by Java and by Kryo
    classNames = new ArrayList<>(classNames);
  }

  /** Takes an image. */
  interface Taker {
    /**
     * Takes an image.
     *
     * @param index in the set, from 0
     * @param label from 0, or {@link io.sparkddpm.condition.Condition#NO_LABEL}
     */
    void accept(long index, int label, ByteImage image) throws IOException;
  }

  /**
   * All images in order.
   *
   * @throws io.sparkddpm.error.UserException naming an image that cannot be read
   */
  void forEach(Configuration conf, Taker taker) throws IOException {
    long[] index = {first};
    try {
      for (ImagePart part : parts) {
        part.read(
            conf,
            (name, label, image) -> {
              try {
                taker.accept(index[0]++, label, image);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Writes a file of the output whole. */
  void write(Configuration conf, String path, PlainFile.Content content) {
    PlainFile.write(conf, Locations.resolve(to, path), content);
  }
}
