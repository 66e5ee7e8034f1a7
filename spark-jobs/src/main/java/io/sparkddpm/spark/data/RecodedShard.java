package io.sparkddpm.spark.data;

import static java.util.Objects.requireNonNull;

import io.sparkddpm.artifact.FileEntry;
import java.io.Serializable;

/**
 * A shard that was made of another one, as it is noted.
 *
 * @param plan what decides its records
 * @param number of the shard
 * @param file that holds it
 * @param squaredError sum over all pixels of the squared difference, in levels of 255, from the
 *     shard that it was made of; 0 where the records are not the same kind of images
 */
public record RecodedShard(String plan, int number, FileEntry file, long squaredError)
    implements Serializable {
  /** Makes sure that a note that was read is whole. */
  public RecodedShard {
    requireNonNull(plan);
    requireNonNull(file);
  }
}
