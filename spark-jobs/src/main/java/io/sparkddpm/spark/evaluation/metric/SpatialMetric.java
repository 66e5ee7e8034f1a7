package io.sparkddpm.spark.evaluation.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.FrechetDistance;
import io.sparkddpm.statistics.inception.InceptionLayer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The Fréchet distance over spatial features (Nash et al. 2021, as guided-diffusion takes it). */
public final class SpatialMetric implements Metric {
  private static final String KEY = "sfid";

  /**
   * The distance.
   *
   * @param name what it is called: "sFID" for the published network
   * @param distance the squared Fréchet distance
   */
  public record Distance(String name, double distance) implements Measure {
    @Override
    public void write(ObjectNode result) {
      result.putObject(KEY).put("name", name).put("distance", distance);
    }

    @Override
    public String summary() {
      return String.format(Locale.ROOT, "%s %.4f", name, distance);
    }
  }

  @Override
  public Map<String, String> names() {
    return Map.of(KEY, "Fréchet distance over spatial features");
  }

  @Override
  public List<InceptionLayer> layers() {
    return List.of(InceptionLayer.SPATIAL);
  }

  @Override
  public boolean needsMoments() {
    return true;
  }

  @Override
  public String subject() {
    return "spatial features";
  }

  @Override
  public Measure measure(Comparison sets) {
    FeatureLayer layer = sets.layer(InceptionLayer.SPATIAL);
    FrechetDistance terms =
        FrechetDistance.between(
            sets.samples().moments(layer, this), sets.reference().moments(layer, this));
    return new Distance(layer.metric(), terms.distance());
  }

  @Override
  public Optional<Measure> read(JsonNode result) {
    JsonNode node = result.path(KEY);
    return node.isObject()
        ? Optional.of(
            new Distance(node.path("name").asText("sFID"), node.path("distance").asDouble()))
        : Optional.empty();
  }

  @Override
  public boolean isIn(Measures earlier, FidConfig config) {
    return earlier.get(Distance.class).isPresent();
  }
}
