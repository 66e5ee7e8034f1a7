package io.sparkddpm.spark.data;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

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

  /**
   * Records as training takes them.
   *
   * @param layout of each
   * @param first of them
   * @param size of the batch; zeros follow the shard's last record
   */
  public Batch batch(RecordLayout layout, int first, int size) {
    Batch batch = new Batch(size, layout.shape());
    int count = Math.min(size, size() - first);
    int bytes = layout.payloadBytes();
    float[] values = new float[count * layout.shape().length()];
    layout
        .type()
        .toFloats(Arrays.copyOfRange(payload, first * bytes, (first + count) * bytes), values);
    System.arraycopy(values, 0, batch.data(), 0, values.length);
    return batch;
  }

  /** Copies a record, as training takes it, to an item of a batch. */
  public void copy(RecordLayout layout, int record, Batch to, int item) {
    Batch one = batch(layout, record, 1);
    System.arraycopy(one.data(), 0, to.data(), to.offset(item), to.itemLength());
  }

  /** About how much memory it takes. */
  public long bytes() {
    return payload.length + (long) Float.BYTES * context.length + 12L * ids.length;
  }
}
