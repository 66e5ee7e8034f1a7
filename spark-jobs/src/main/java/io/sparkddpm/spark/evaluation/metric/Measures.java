package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.statistics.InceptionScore;
import io.sparkddpm.statistics.Manifold;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was measured beside the main distance.
 *
 * @param spatial the Fréchet distance over spatial features
 * @param spatialName what it is called: "sFID" for the published network
 * @param score the Inception Score of the samples
 * @param kernel the kernel distance over the main layer
 * @param manifold precision, recall, density and coverage over the main layer
 * @param classes distances by class, with the images on both sides
 */
public record Measures(
    Optional<Double> spatial,
    String spatialName,
    Optional<InceptionScore> score,
    Optional<Kid> kernel,
    Optional<Manifold> manifold,
    SortedMap<Integer, ClassDistance> classes) {
  /** Nothing. */
  public static final Measures NONE =
      new Measures(
          Optional.empty(),
          "sFID",
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          new TreeMap<>());

  /** Makes the map unmodifiable. */
  public Measures {
    classes = Collections.unmodifiableSortedMap(new TreeMap<>(classes));
  }

  /**
   * In a line, such as "KID 0.0012 (100 subsets of 1000: 0.0012 ± 0.0003); precision 0.74"; or
   * nothing.
   */
  public String summary() {
    StringBuilder text = new StringBuilder();
    spatial.ifPresent(d -> append(text, "%s %.4f", spatialName, d));
    score.ifPresent(s -> append(text, "IS %.4f ± %.4f", s.mean(), s.deviation()));
    kernel.ifPresent(
        k -> {
          append(text, "KID %.6g", k.full());
          k.subsets()
              .ifPresent(
                  s ->
                      text.append(
                          String.format(
                              Locale.ROOT,
                              " (%d subsets of %d: %.6g ± %.2g)",
                              s.count(),
                              s.size(),
                              s.mean(),
                              s.deviation())));
        });
    manifold.ifPresent(
        m ->
            append(
                text,
                "precision %.4f, recall %.4f (k=%d), density %.4f, coverage %.4f (k=%d)",
                m.precision(),
                m.recall(),
                m.k(),
                m.density(),
                m.coverage(),
                m.wideK()));
    if (!classes.isEmpty()) {
      double mean =
          classes.values().stream().mapToDouble(ClassDistance::distance).average().orElse(0);
      append(text, "mean distance of %d classes %.4f", classes.size(), mean);
    }
    return text.toString();
  }

  private static void append(StringBuilder text, String format, Object... values) {
    text.append(text.length() == 0 ? "" : "; ").append(String.format(Locale.ROOT, format, values));
  }

  public void write(ObjectNode root) {
    spatial.ifPresent(
        d -> {
          ObjectNode node = root.putObject("sfid");
          node.put("name", spatialName);
          node.put("distance", d);
        });
    score.ifPresent(
        s -> {
          ObjectNode node = root.putObject("inception-score");
          node.put("mean", s.mean());
          node.put("deviation", s.deviation());
        });
    kernel.ifPresent(
        k -> {
          ObjectNode node = root.putObject("kid");
          node.put("full", k.full());
          k.subsets()
              .ifPresent(
                  s -> {
                    node.put("mean", s.mean());
                    node.put("deviation", s.deviation());
                    node.put("subsets", s.count());
                    node.put("subset-size", s.size());
                    node.put("seed", s.seed());
                  });
        });
    manifold.ifPresent(
        m -> {
          ObjectNode node = root.putObject("manifold");
          node.put("precision", m.precision());
          node.put("recall", m.recall());
          node.put("density", m.density());
          node.put("coverage", m.coverage());
          node.put("k", m.k());
          node.put("wide-k", m.wideK());
          node.put("precise", m.precise());
          node.put("recalled", m.recalled());
          node.put("contained", m.contained());
          node.put("covered", m.covered());
          node.put("samples", m.generated());
          node.put("reference", m.reference());
        });
    if (!classes.isEmpty()) {
      ObjectNode node = root.putObject("classes");
      classes.forEach(
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
  }

  public static Measures read(JsonNode root) {
    JsonNode kid = root.path("kid");
    JsonNode m = root.path("manifold");
    JsonNode score = root.path("inception-score");
    SortedMap<Integer, ClassDistance> classes = new TreeMap<>();
    root.path("classes")
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
    return new Measures(
        root.path("sfid").isObject()
            ? Optional.of(root.path("sfid").path("distance").asDouble())
            : Optional.empty(),
        root.path("sfid").path("name").asText("sFID"),
        score.isObject()
            ? Optional.of(
                new InceptionScore(
                    score.path("mean").asDouble(), score.path("deviation").asDouble()))
            : Optional.empty(),
        kid.isObject()
            ? Optional.of(
                new Kid(
                    kid.path("full").asDouble(),
                    Optional.of(kid)
                        .filter(k -> k.has("subsets"))
                        .map(
                            k ->
                                new Kid.Subsets(
                                    k.path("mean").asDouble(),
                                    k.path("deviation").asDouble(),
                                    k.path("subsets").asInt(),
                                    k.path("subset-size").asInt(),
                                    k.path("seed").asLong()))))
            : Optional.empty(),
        m.isObject()
            ? Optional.of(
                new Manifold(
                    m.path("precise").asInt(),
                    m.path("samples").asInt(),
                    m.path("recalled").asInt(),
                    m.path("reference").asInt(),
                    m.path("contained").asLong(),
                    m.path("covered").asInt(),
                    m.path("k").asInt(),
                    m.path("wide-k").asInt()))
            : Optional.empty(),
        classes);
  }
}
