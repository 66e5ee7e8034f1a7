package io.sparkddpm.spark.sampling;

import static java.util.Objects.requireNonNull;

import io.sparkddpm.artifact.FileEntry;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * A shard that was encoded whole, as it is noted.
 *
 * @param plan fingerprint of the plan that it belongs to
 * @param number of the shard
 * @param noise file of its images' noise, floats in little-endian order
 * @param images in their order
 */
record EncodedShard(String plan, int number, FileEntry noise, List<Encoded> images)
    implements Serializable {
  /** Makes sure that a note that was read is whole. */
  EncodedShard {
    requireNonNull(plan);
    requireNonNull(noise);
    images = new ArrayList<>(images); // serialised by Java
  }
}
