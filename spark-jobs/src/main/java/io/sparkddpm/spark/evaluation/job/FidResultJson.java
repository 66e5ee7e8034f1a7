package io.sparkddpm.spark.evaluation.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.artifact.SoftwareVersion;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.metric.FrechetMetric;
import io.sparkddpm.spark.evaluation.metric.Measures;
import io.sparkddpm.spark.evaluation.metric.Metrics;
import io.sparkddpm.spark.evaluation.stats.Provenance;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Results as a JSON file, fid.json. */
public final class FidResultJson {
  private FidResultJson() {}

  /** One result, or several against several references, as indented JSON in UTF-8. */
  public static byte[] write(List<FidResult> results) {
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    if (results.size() == 1) {
      return bytes(mapper, tree(results.get(0), mapper));
    }
    ObjectNode root = mapper.createObjectNode();
    ArrayNode all = root.putArray("results");
    results.forEach(r -> all.add(tree(r, mapper)));
    return bytes(mapper, root);
  }

  private static ObjectNode tree(FidResult result, ObjectMapper mapper) {
    ObjectNode root = mapper.createObjectNode();
    result.measures().write(root);
    root.put("layer", result.layer());
    root.put("dimension", result.dimension());
    root.put("resize", result.resize());
    root.put("network", result.network());
    root.put("network-weights", result.networkHash());
    ObjectNode measured = root.putObject("samples");
    side(measured, result.samples());
    Provenance made = new Provenance(result.provenance());
    made.weights().ifPresent(w -> measured.put("weights", w));
    made.step().ifPresent(t -> measured.put("checkpoint-step", t));
    made.sampler().ifPresent(n -> measured.put("sampler", n));
    made.samplerSteps().ifPresent(n -> measured.put("sampler-steps", n));
    made.seed().ifPresent(n -> measured.put("seed", n));
    side(root.putObject("reference"), result.reference());
    result.provenance().forEach(root.putObject("samples-provenance")::put);
    result.measures().writeDetails(root);
    result.warnings().forEach(root.putArray("warnings")::add);
    TorchFidelityKeys.write(result, root);
    root.put("seconds", result.seconds());
    root.put("software", SoftwareVersion.CURRENT);
    return root;
  }

  private static byte[] bytes(ObjectMapper mapper, ObjectNode root) {
    try {
      return (mapper.writeValueAsString(root) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of numbers and texts is always JSON", e);
    }
  }

  /**
   * Reads one result or several.
   *
   * @param file where the text lies
   * @param metrics whose measures are read
   * @throws UserException naming the file, if it holds none
   */
  public static List<FidResult> read(byte[] json, URI file, Metrics metrics) {
    try {
      JsonNode root = new ObjectMapper().readTree(json);
      List<FidResult> results = new ArrayList<>();
      if (root.path("results").isArray()) {
        root.path("results").forEach(r -> results.add(result(r, file, metrics)));
      } else {
        results.add(result(root, file, metrics));
      }
      return results;
    } catch (JsonProcessingException e) {
      throw new UserException(e, "%s holds no result of fid: %s", file, e.getOriginalMessage());
    } catch (IOException | IllegalArgumentException e) {
      throw new UserException(e, "%s holds no result of fid: %s", file, e.getMessage());
    }
  }

  private static FidResult result(JsonNode root, URI file, Metrics metrics) {
    Measures measures = metrics.read(root);
    if (measures.get(FrechetMetric.Distance.class).isEmpty()) {
      throw new UserException("%s holds no result of fid: distance or terms are missing", file);
    }
    SortedMap<String, String> provenance = new TreeMap<>();
    root.path("samples-provenance")
        .fields()
        .forEachRemaining(e -> provenance.put(e.getKey(), e.getValue().asText()));
    List<String> warnings = new ArrayList<>();
    root.path("warnings").forEach(w -> warnings.add(w.asText()));
    return new FidResult(
        measures,
        root.path("layer").asText(),
        root.path("dimension").asInt(),
        root.path("resize").asText(),
        root.path("network").asText(),
        root.path("network-weights").asText(),
        side(root.path("samples")),
        side(root.path("reference")),
        provenance,
        warnings,
        root.path("seconds").asDouble(),
        Optional.of(file));
  }

  private static FidResult.Side side(JsonNode node) {
    return new FidResult.Side(
        URI.create(node.path("uri").asText()),
        node.path("kind").asText(),
        node.path("fingerprint").asText(),
        node.path("images").asLong(),
        node.path("engine").asText());
  }

  private static void side(ObjectNode node, FidResult.Side side) {
    node.put("uri", side.uri().toString());
    node.put("kind", side.kind());
    node.put("fingerprint", side.fingerprint());
    node.put("images", side.images());
    node.put("engine", side.engine());
  }
}
