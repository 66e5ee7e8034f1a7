package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.statistics.inception.InceptionLayer;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The metrics that there are to choose from.
 *
 * @param all in the order in which results report them
 */
public record Metrics(List<Metric> all) {
  /** All of this program. */
  public static final Metrics KNOWN =
      new Metrics(
          List.of(
              new FrechetMetric(),
              new SpatialMetric(),
              new InceptionScoreMetric(),
              new KernelMetric(),
              new MindMetric(),
              new InfinityMetric(),
              new ManifoldMetric(),
              new ClassMetric()));

  /** Makes the list unmodifiable. */
  public Metrics {
    all = List.copyOf(all);
  }

  /** These and one more, which results report last. */
  public Metrics with(Metric metric) {
    List<Metric> more = new ArrayList<>(all);
    more.add(metric);
    return new Metrics(more);
  }

  /** The names that metrics are chosen by, with what they stand for. */
  public Map<String, String> names() {
    Map<String, String> names = new LinkedHashMap<>();
    all.forEach(m -> names.putAll(m.names()));
    return names;
  }

  /**
   * The metrics that a configuration asks for.
   *
   * @throws UserException naming one that there is none of
   */
  public List<Metric> chosen(FidConfig config) {
    Map<String, String> names = names();
    for (String name : config.metrics()) {
      if (!names.containsKey(name)) {
        throw new UserException(
            "metrics: none is called '%s'; there are %s", name, String.join(", ", names.keySet()));
      }
    }
    return all.stream().filter(m -> m.isChosen(config)).toList();
  }

  /**
   * Layers that the chosen metrics need in addition to the configured one.
   *
   * @param inception the network's file
   * @throws UserException if there are any, but only the random network
   */
  public List<InceptionLayer> layers(FidConfig config, Optional<URI> inception) {
    List<InceptionLayer> layers =
        chosen(config).stream().flatMap(m -> m.layers().stream()).distinct().toList();
    if (inception.isEmpty() && !layers.isEmpty()) {
      throw new UserException(
          "%s are of the Inception network: name its file (--inception)",
          namesOf(m -> !m.layers().isEmpty()));
    }
    return layers;
  }

  /** Whether a chosen metric needs features of the reference. */
  public boolean needFeatures(FidConfig config) {
    return chosen(config).stream().anyMatch(Metric::needsFeatures);
  }

  /** Whether a chosen metric needs classes. */
  public boolean needLabels(FidConfig config) {
    return chosen(config).stream().anyMatch(Metric::needsLabels);
  }

  /** Names of some metrics, such as "kid, pr and dc". */
  public String namesOf(Predicate<Metric> some) {
    List<String> names =
        all.stream().filter(some).flatMap(m -> m.names().keySet().stream()).toList();
    int last = names.size() - 1;
    return last < 1
        ? String.join("", names)
        : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
  }

  /** Reads the measures of a result. */
  public Measures read(JsonNode result) {
    return new Measures(all.stream().flatMap(m -> m.read(result).stream()).toList());
  }

  /** Whether an earlier result holds everything that a configuration asks for. */
  public boolean areIn(Measures earlier, FidConfig config) {
    return chosen(config).stream().allMatch(m -> m.isIn(earlier, config));
  }
}
