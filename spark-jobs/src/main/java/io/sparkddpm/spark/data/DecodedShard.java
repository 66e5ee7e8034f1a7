package io.sparkddpm.spark.data;

/**
 * A shard in memory. Shared by threads, which do not write to it.
 *
 * @param ids of its images, in the dataset's order
 * @param labels of its images
 * @param pixels unsigned bytes, [N, C, H, W]
 */
public record DecodedShard(long[] ids, int[] labels, byte[] pixels) {
  /** Number of images. */
  public int size() {
    return ids.length;
  }

  /** About how much memory it takes. */
  public long bytes() {
    return pixels.length + 12L * ids.length;
  }
}
