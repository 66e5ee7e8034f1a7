package io.sparkddpm.spark.evaluation.bound;

import java.io.Serializable;
import org.apache.spark.broadcast.Broadcast;

/**
 * How a network sees images of a dataset through the noise.
 *
 * @param set index of the dataset
 * @param png a sheet
 */
record Decoding(int set, byte[] png) implements Serializable {
  /** Draws one, on an executor. */
  static Decoding of(int set, Broadcast<PartEvaluator> evaluator) {
    return new Decoding(set, evaluator.value().decode(set));
  }
}
