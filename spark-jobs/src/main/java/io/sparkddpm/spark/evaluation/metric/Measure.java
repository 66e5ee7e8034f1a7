package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The result of one {@link Metric}. Immutable. */
public interface Measure {
  /** Adds it to a result, under keys of its own. */
  void write(ObjectNode result);

  /** Adds to a result's end what few readers want. */
  default void writeDetails(ObjectNode result) {}

  /** It in a few words, such as "sFID 12.3". */
  String summary();
}
