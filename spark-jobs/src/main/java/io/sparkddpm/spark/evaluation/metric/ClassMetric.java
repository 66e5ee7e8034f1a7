package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.spark.evaluation.FidConfig;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The Fréchet distance of each class by itself, where both sets have labels. */
public final class ClassMetric implements Metric {
  private static final String KEY = "classes";

  /**
   * The distances.
   *
   * @param byLabel by the reference's label
   */
  public record Distances(SortedMap<Integer, ClassDistance> byLabel) implements Measure {
    /** Makes the map unmodifiable. */
    public Distances {
      byLabel = Collections.unmodifiableSortedMap(new TreeMap<>(byLabel));
    }

    @Override
    public void write(ObjectNode result) {
      ObjectNode node = result.putObject(KEY);
      byLabel.forEach(
          (label, d) -> {
            ObjectNode one = node.putObject(String.valueOf(label));
            if (!d.name().isEmpty()) {
              one.put("name", d.name());
            }
            one.put("distance", d.distance());
            one.put("samples", d.samples());
            one.put("reference", d.reference());
          });
    }

    @Override
    public String summary() {
      double mean =
          byLabel.values().stream().mapToDouble(ClassDistance::distance).average().orElse(0);
      return String.format(Locale.ROOT, "mean distance of %d classes %.4f", byLabel.size(), mean);
    }
  }

  @Override
  public Map<String, String> names() {
    return Map.of();
  }

  @Override
  public boolean isChosen(FidConfig config) {
    return config.perClass();
  }

  @Override
  public boolean needsFeatures() {
    return true;
  }

  @Override
  public boolean needsLabels() {
    return true;
  }

  @Override
  public String subject() {
    return "distances of classes";
  }

  @Override
  public Measure measure(Comparison sets) {
    ClassRun.Outcome outcome =
        new ClassRun(sets.spark())
            .run(
                classes(sets.samples()),
                classes(sets.reference()),
                sets.layer().name(),
                sets.layer().dimension());
    outcome.warning().ifPresent(sets::warn);
    return new Distances(outcome.distances());
  }

  private ClassRun.Classes classes(MeasuredSet set) {
    return new ClassRun.Classes(set.features(this), set.uri(), set.classNames());
  }

  @Override
  public Optional<Measure> read(JsonNode result) {
    SortedMap<Integer, ClassDistance> classes = new TreeMap<>();
    result
        .path(KEY)
        .fields()
        .forEachRemaining(
            e -> {
              int label = Integer.parseInt(e.getKey());
              JsonNode d = e.getValue();
              classes.put(
                  label,
                  new ClassDistance(
                      label,
                      d.path("name").asText(""),
                      d.path("samples").asLong(),
                      d.path("reference").asLong(),
                      d.path("distance").asDouble()));
            });
    return classes.isEmpty() ? Optional.empty() : Optional.of(new Distances(classes));
  }

  @Override
  public boolean isIn(Measures earlier, FidConfig config) {
    return earlier.get(Distances.class).isPresent();
  }
}
