package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.statistics.Manifold;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020), all
 * from nearest neighbours in one pass over the pairs.
 */
public final class ManifoldMetric implements Metric {
  private static final String KEY = "manifold";

  /**
   * The four shares.
   *
   * @param manifold the counts that they come from
   */
  public record Shares(Manifold manifold) implements Measure {
    @Override
    public void write(ObjectNode result) {
      ObjectNode node = result.putObject(KEY);
      node.put("precision", manifold.precision());
      node.put("recall", manifold.recall());
      node.put("density", manifold.density());
      node.put("coverage", manifold.coverage());
      node.put("k", manifold.k());
      node.put("wide-k", manifold.wideK());
      node.put("precise", manifold.precise());
      node.put("recalled", manifold.recalled());
      node.put("contained", manifold.contained());
      node.put("covered", manifold.covered());
      node.put("samples", manifold.generated());
      node.put("reference", manifold.reference());
    }

    @Override
    public String summary() {
      return String.format(
          Locale.ROOT,
          "precision %.4f, recall %.4f (k=%d), density %.4f, coverage %.4f (k=%d)",
          manifold.precision(),
          manifold.recall(),
          manifold.k(),
          manifold.density(),
          manifold.coverage(),
          manifold.wideK());
    }
  }

  @Override
  public Map<String, String> names() {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("pr", "precision and recall");
    names.put("dc", "density and coverage");
    return names;
  }

  @Override
  public boolean needsNeighbours() {
    return true;
  }

  @Override
  public String subject() {
    return "comparing pairs";
  }

  @Override
  public Measure measure(Comparison sets) {
    return new Shares(sets.pairs(this).manifold().orElseThrow());
  }

  @Override
  public Optional<Measure> read(JsonNode result) {
    JsonNode node = result.path(KEY);
    if (!node.isObject()) {
      return Optional.empty();
    }
    return Optional.of(
        new Shares(
            new Manifold(
                node.path("precise").asInt(),
                node.path("samples").asInt(),
                node.path("recalled").asInt(),
                node.path("reference").asInt(),
                node.path("contained").asLong(),
                node.path("covered").asInt(),
                node.path("k").asInt(),
                node.path("wide-k").asInt())));
  }

  @Override
  public boolean isIn(Measures earlier, FidConfig config) {
    return earlier
        .get(Shares.class)
        .map(Shares::manifold)
        .filter(m -> m.k() == config.neighbours() && m.wideK() == config.wideNeighbours())
        .isPresent();
  }
}
