package io.sparkddpm.spark.evaluation.items;

import io.sparkddpm.medium.Medium;
import io.sparkddpm.spark.session.Progress;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What says how good samples of a medium are. Another one is a class and a line in {@link #ALL}.
 * The numbers do not depend on the cluster.
 */
public interface ItemMetric {
  /** All of them. */
  List<ItemMetric> ALL = List.of(new PointsMetric(), new SoundMetric(), new TextMetric());

  /** Whether it is for items of a medium. */
  boolean measures(Medium medium);

  /** Name of the number that is smaller the better samples are. */
  String distance();

  /** Whether both sides must have as many items. */
  default boolean takesEqualSides() {
    return false;
  }

  /**
   * Measures samples.
   *
   * @param reference items of the same medium and shape, as many where it {@link #takesEqualSides}
   * @return numbers by their names, in the order in which they are shown
   */
  Map<String, Double> measure(
      JavaSparkContext spark, Items samples, Items reference, Progress progress);
}
