package io.sparkddpm.spark.evaluation.features;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.image.ImageTally;
import java.io.Serializable;

/**
 * The features of one part of a set of images, in a file.
 *
 * @param index of the part
 * @param images in it
 * @param file relative to the store
 * @param digest of the images' content
 * @param kept whether it was there before
 * @param tally of the image files that were decoded for it
 */
public record FeatureShard(
    int index, int images, FileEntry file, String digest, boolean kept, ImageTally tally)
    implements Serializable {
  private static final long serialVersionUID = 1L;
}
