package io.sparkddpm.spark.data;

import io.sparkddpm.condition.Condition;

/**
 * A shard in memory. Shared by threads, which do not write to it.
 *
 * @param ids of its records, in the dataset's order
 * @param labels of its records, or {@link Condition#NO_LABEL}
 * @param payload values of its records one after the other, as they are stored
 * @param context of its records one after the other; empty if they have none
 */
public record DecodedShard(long[] ids, int[] labels, byte[] payload, float[] context) {
  /** Number of records. */
  public int size() {
    return ids.length;
  }

  /** About how much memory it takes. */
  public long bytes() {
    return payload.length + (long) Float.BYTES * context.length + 12L * ids.length;
  }
}
