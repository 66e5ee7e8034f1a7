package io.sparkddpm.spark.evaluation.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.artifact.SoftwareVersion;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.metric.Measures;
import io.sparkddpm.spark.evaluation.stats.Provenance;
import io.sparkddpm.statistics.FrechetDistance;
import io.sparkddpm.statistics.JackknifeInterval;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A distance between two sets of images, with all that one must know to compare it with another.
 *
 * @param metric what it is called: "FID" only for the last layer of what may be the published
 *     network
 * @param distance the squared Fréchet distance
 * @param terms what it is made of
 * @param interval how sure the distance is, over shards of the samples; none if they are statistics
 *     or a single shard
 * @param layer of the network
 * @param dimension of the features
 * @param resize mode that brought the images to the network's size
 * @param network its name
 * @param networkHash SHA-256 of its file, or the seed of the random network
 * @param samples the set that was measured
 * @param reference the set that it was measured against
 * @param measures what was measured beside
 * @param provenance of the samples, as far as they say: weights, checkpoint-step, sampler, seed, …
 * @param warnings for the user
 * @param seconds that the job took
 * @param file where the result was written as JSON, if anywhere
 */
public record FidResult(
    String metric,
    double distance,
    FrechetDistance terms,
    Optional<JackknifeInterval> interval,
    String layer,
    int dimension,
    String resize,
    String network,
    String networkHash,
    Side samples,
    Side reference,
    Measures measures,
    SortedMap<String, String> provenance,
    List<String> warnings,
    double seconds,
    Optional<URI> file) {

  /**
   * One of the two sets.
   *
   * @param uri where it lies
   * @param kind "dataset", "samples", "folder", "zip", "npz" or "stats"
   * @param fingerprint of its content
   * @param images how many
   * @param engine what computed its features
   */
  public record Side(URI uri, String kind, String fingerprint, long images, String engine) {}

  /** The result in a line, such as "FID 3.1700 (95 % 3.1 to 3.3): 50000 samples, …". */
  public String summary() {
    String made = new Provenance(provenance).summary();
    return String.format(
        Locale.ROOT,
        "%s %.4f%s: %d samples%s against %d images of %s, layer %s of %s (%s), resize %s",
        metric,
        distance,
        interval
            .map(i -> String.format(Locale.ROOT, " (95 %% %.4f to %.4f)", i.low(), i.high()))
            .orElse(""),
        samples.images,
        made.isEmpty() ? "" : " (" + made + ")",
        reference.images,
        reference.uri,
        layer,
        network,
        networkHash,
        resize);
  }

  /** What was measured beside, in a line; empty if nothing was. */
  public String measuresSummary() {
    return measures.summary();
  }

  /** Several results, against several references, as one JSON file. */
  static byte[] toJson(List<FidResult> results) {
    if (results.size() == 1) {
      return results.get(0).toJson();
    }
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    ObjectNode root = mapper.createObjectNode();
    ArrayNode all = root.putArray("results");
    results.forEach(r -> all.add(r.tree(mapper)));
    return bytes(mapper, root);
  }

  /** The result as indented JSON in UTF-8. */
  public byte[] toJson() {
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    return bytes(mapper, tree(mapper));
  }

  private ObjectNode tree(ObjectMapper mapper) {
    ObjectNode root = mapper.createObjectNode();
    root.put("metric", metric);
    root.put("distance", distance);
    interval.ifPresent(
        i -> {
          ObjectNode node = root.putObject("interval");
          node.put("level", 0.95);
          node.put("low", i.low());
          node.put("high", i.high());
          node.put("standard-error", i.standardError());
          node.put("left-out-shards", i.groups());
        });
    measures.write(root);
    root.put("layer", layer);
    root.put("dimension", dimension);
    root.put("resize", resize);
    root.put("network", network);
    root.put("network-weights", networkHash);
    ObjectNode measured = root.putObject("samples");
    side(measured, samples);
    Provenance made = new Provenance(provenance);
    made.weights().ifPresent(w -> measured.put("weights", w));
    made.step().ifPresent(t -> measured.put("checkpoint-step", t));
    made.sampler().ifPresent(n -> measured.put("sampler", n));
    made.samplerSteps().ifPresent(n -> measured.put("sampler-steps", n));
    made.seed().ifPresent(n -> measured.put("seed", n));
    side(root.putObject("reference"), reference);
    provenance.forEach(root.putObject("samples-provenance")::put);
    ObjectNode parts = root.putObject("terms");
    parts.put("mean", terms.meanTerm());
    parts.put("trace-samples", terms.trace1());
    parts.put("trace-reference", terms.trace2());
    parts.put("trace-root", terms.traceRoot());
    parts.put("rank-samples", terms.rank1());
    parts.put("rank-reference", terms.rank2());
    warnings.forEach(root.putArray("warnings")::add);
    root.put("seconds", seconds);
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
   * Reads one result or several back.
   *
   * @param file where it lies
   * @throws UserException naming the file, if it holds none
   */
  public static List<FidResult> listFromJson(byte[] json, URI file) {
    try {
      JsonNode root = new ObjectMapper().readTree(json);
      List<FidResult> results = new ArrayList<>();
      if (root != null && root.path("results").isArray()) {
        root.path("results").forEach(r -> results.add(fromTree(r, file)));
      } else {
        results.add(fromJson(json, file));
      }
      return results;
    } catch (JsonProcessingException e) {
      throw new UserException(e, "%s holds no result of fid: %s", file, e.getOriginalMessage());
    } catch (IOException e) {
      throw new UserException(e, "%s holds no result of fid: %s", file, e.getMessage());
    }
  }

  /**
   * Reads {@link #toJson} back.
   *
   * @param file where it lies
   * @throws UserException naming the file, if it holds no result
   */
  static FidResult fromJson(byte[] json, URI file) {
    JsonNode root;
    try {
      root = new ObjectMapper().readTree(json);
    } catch (JsonProcessingException e) {
      throw new UserException(e, "%s holds no result of fid: %s", file, e.getOriginalMessage());
    } catch (IOException e) {
      throw new UserException(e, "%s holds no result of fid: %s", file, e.getMessage());
    }
    return fromTree(root, file);
  }

  private static FidResult fromTree(JsonNode root, URI file) {
    try {
      return read(root, file);
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "%s holds no result of fid: %s", file, e.getMessage());
    }
  }

  private static FidResult read(JsonNode root, URI file) {
    if (!root.path("distance").isNumber() || !root.path("terms").isObject()) {
      throw new UserException("%s holds no result of fid: distance or terms are missing", file);
    }
    JsonNode terms = root.path("terms");
    SortedMap<String, String> provenance = new TreeMap<>();
    root.path("samples-provenance")
        .fields()
        .forEachRemaining(e -> provenance.put(e.getKey(), e.getValue().asText()));
    List<String> warnings = new ArrayList<>();
    root.path("warnings").forEach(w -> warnings.add(w.asText()));
    return new FidResult(
        root.path("metric").asText(),
        root.path("distance").asDouble(),
        new FrechetDistance(
            root.path("distance").asDouble(),
            terms.path("mean").asDouble(),
            terms.path("trace-samples").asDouble(),
            terms.path("trace-reference").asDouble(),
            terms.path("trace-root").asDouble(),
            terms.path("rank-samples").asInt(),
            terms.path("rank-reference").asInt()),
        interval(root.path("interval")),
        root.path("layer").asText(),
        root.path("dimension").asInt(),
        root.path("resize").asText(),
        root.path("network").asText(),
        root.path("network-weights").asText(),
        side(root.path("samples")),
        side(root.path("reference")),
        Measures.read(root),
        provenance,
        warnings,
        root.path("seconds").asDouble(),
        Optional.of(file));
  }

  private static Optional<JackknifeInterval> interval(JsonNode node) {
    if (!node.isObject()) {
      return Optional.empty();
    }
    return Optional.of(
        new JackknifeInterval(
            node.path("low").asDouble(),
            node.path("high").asDouble(),
            node.path("standard-error").asDouble(),
            node.path("left-out-shards").asInt()));
  }

  private static Side side(JsonNode node) {
    return new Side(
        URI.create(node.path("uri").asText()),
        node.path("kind").asText(),
        node.path("fingerprint").asText(),
        node.path("images").asLong(),
        node.path("engine").asText());
  }

  private static void side(ObjectNode node, Side side) {
    node.put("uri", side.uri.toString());
    node.put("kind", side.kind);
    node.put("fingerprint", side.fingerprint);
    node.put("images", side.images);
    node.put("engine", side.engine);
  }
}
