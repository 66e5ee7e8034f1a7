package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.statistics.inception.InceptionLayer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Something that is measured of a set of samples against a reference: what it needs of the two
 * sets, how it is computed, and how its result is read back.
 *
 * <p>A new metric is a class that implements this, with its {@link Measure}, and a line in {@link
 * Metrics#KNOWN}; {@link SpatialMetric} is the smallest one. Its result must not depend on
 * partitions, executors or restarts. Immutable.
 */
public interface Metric {
  /**
   * The names by which users choose it in {@code fid.metrics}, each with a few words on what it
   * stands for; none for a metric that a key of its own chooses.
   */
  Map<String, String> names();

  /** Whether a configuration asks for it. */
  default boolean isChosen(FidConfig config) {
    return config.metrics().stream().anyMatch(names()::containsKey);
  }

  /** Layers of the Inception network that it needs in addition to the configured one. */
  default List<InceptionLayer> layers() {
    return List.of();
  }

  /** Whether it needs statistics of each of its layers, on both sides. */
  default boolean needsMoments() {
    return false;
  }

  /** Whether it needs the features of the reference's images, not their statistics alone. */
  default boolean needsFeatures() {
    return !kernels().isEmpty() || needsNeighbours();
  }

  /** Whether it needs a class of each image, on both sides. */
  default boolean needsLabels() {
    return false;
  }

  /** Functions to sum over all pairs of vectors; {@link Comparison#pairs} has the sums. */
  default List<PairKernel> kernels() {
    return List.of();
  }

  /** Whether it needs nearest neighbours; {@link Comparison#pairs} has what follows from them. */
  default boolean needsNeighbours() {
    return false;
  }

  /** What it takes of a set, for messages, such as "spatial features". */
  String subject();

  /**
   * Measures.
   *
   * @throws io.sparkddpm.error.UserException if a set lacks what this needs or is too small
   */
  Measure measure(Comparison sets);

  /** Reads from a result what {@link Measure#write} wrote; empty where it was not measured. */
  Optional<Measure> read(JsonNode result);

  /** Whether an earlier result holds what this would measure with a configuration. */
  boolean isIn(Measures earlier, FidConfig config);
}
