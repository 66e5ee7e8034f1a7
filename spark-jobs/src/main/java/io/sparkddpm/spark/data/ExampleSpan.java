package io.sparkddpm.spark.data;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;

/**
 * Consecutive examples of the order.
 *
 * @param layout of each
 * @param ids of the records in the dataset
 * @param labels from 0, or {@link Condition#NO_LABEL}
 * @param payload values of the records one after the other, as they are stored
 * @param context of the records one after the other; empty if they have none
 */
public record ExampleSpan(
    RecordLayout layout, long[] ids, int[] labels, byte[] payload, float[] context) {
  /** Number of examples. */
  public int size() {
    return ids.length;
  }

  /** The values: pixels as [-1, 1], floats as they are. */
  public Batch toBatch() {
    Batch batch = new Batch(size(), layout.shape());
    layout.type().toFloats(payload, batch.data());
    return batch;
  }

  /** Labels and context. */
  public Condition condition() {
    Condition condition = Condition.labels(labels);
    return context.length == 0
        ? condition
        : condition.withContext(context, layout.contextVectors(), layout.contextWidth());
  }
}
