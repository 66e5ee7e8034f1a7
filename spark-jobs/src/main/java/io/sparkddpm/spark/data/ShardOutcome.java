package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.image.ImageTally;
import java.io.Serializable;
import java.util.List;

/**
 * What a task reports of one shard.
 *
 * @param index of the shard
 * @param file what was written; null if nothing was, because there were too many bad images or only
 *     digests were wanted
 * @param classCounts images by label
 * @param badImages a line for each image that was left out
 * @param digests SHA-256 of the records as they are stored, one for each input that the shard
 *     touches
 * @param tally of the image files that were decoded
 * @param content of the records that were written
 */
record ShardOutcome(
    int index,
    FileEntry file,
    long[] classCounts,
    List<String> badImages,
    List<InputDigest> digests,
    ImageTally tally,
    ContentSum content)
    implements Serializable {

  /** Digest of one input's records in one shard. */
  record InputDigest(int input, String sha256) implements Serializable {}
}
