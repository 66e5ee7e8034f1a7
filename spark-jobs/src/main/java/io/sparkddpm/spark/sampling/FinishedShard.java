package io.sparkddpm.spark.sampling;

import static java.util.Objects.requireNonNull;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.spark.store.Artifact;
import java.io.Serializable;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;

/**
 * A shard that was written whole, as it is noted.
 *
 * @param plan fingerprint of the plan that it belongs to
 * @param number of the shard
 * @param images the Parquet file
 * @param strip the denoising strip, with shard 0 if there is one; otherwise null
 */
record FinishedShard(String plan, int number, FileEntry images, FileEntry strip)
    implements Serializable {
  /** Makes sure that a note that was read is whole. */
  FinishedShard {
    requireNonNull(plan);
    requireNonNull(images);
  }

  /**
   * Whether its files still have the bytes that they were written with.
   *
   * @param hasStrip whether there is a strip with shard 0
   */
  boolean isWhole(Configuration conf, URI dir, boolean hasStrip) {
    boolean stripIsWhole =
        strip == null ? number > 0 || !hasStrip : Artifact.damage(conf, dir, strip).isEmpty();
    return stripIsWhole && Artifact.damage(conf, dir, images).isEmpty();
  }
}
