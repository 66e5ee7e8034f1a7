package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What was measured of two sets.
 *
 * @param all one for each metric, in the order in which metrics are known
 */
public record Measures(List<Measure> all) {
  /** Makes the list unmodifiable. */
  public Measures {
    all = List.copyOf(all);
  }

  /** The measure of that type, if it was taken. */
  public <M extends Measure> Optional<M> get(Class<M> type) {
    return all.stream().filter(type::isInstance).map(type::cast).findFirst();
  }

  /** All but those of a type. */
  public Measures without(Class<? extends Measure> type) {
    return new Measures(all.stream().filter(m -> !type.isInstance(m)).toList());
  }

  /**
   * In a line, such as "KID 0.0012 (100 subsets of 1000: 0.0012 ± 0.0003); precision 0.74"; empty
   * if there are none.
   */
  public String summary() {
    return all.stream().map(Measure::summary).collect(Collectors.joining("; "));
  }

  /** Adds all to a result. */
  public void write(ObjectNode result) {
    all.forEach(m -> m.write(result));
  }

  /** Adds all details to a result's end. */
  public void writeDetails(ObjectNode result) {
    all.forEach(m -> m.writeDetails(result));
  }
}
