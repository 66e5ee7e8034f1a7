package io.sparkddpm.spark.data;

/**
 * One record of a dataset.
 *
 * @param payload its values, row-major, as the dataset's layout has them
 * @param label from 0, or {@link io.sparkddpm.condition.Condition#NO_LABEL}
 * @param context as the dataset's layout has it; empty if there is none
 */
public record Example(byte[] payload, int label, float[] context) {
  /** One without context. */
  public Example(byte[] payload, int label) {
    this(payload, label, new float[0]);
  }
}
