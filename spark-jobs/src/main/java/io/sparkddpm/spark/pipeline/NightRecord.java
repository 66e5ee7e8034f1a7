package io.sparkddpm.spark.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.error.UserException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What one night came to.
 *
 * @param night its name, a date mostly
 * @param number from 1
 * @param begun when it was first started
 * @param ended when its distance was known
 * @param firstStep steps that the run had before
 * @param step steps that it has now
 * @param checkpoint of that step, relative to the run
 * @param images in the dataset
 * @param newImages of them that came this night
 * @param dataset fingerprint
 * @param loss mean of the night's steps; NaN where none was reported
 * @param imagesPerSecond in training; NaN likewise
 * @param metric what the distance is called
 * @param distance of the samples from the reference
 * @param low end of its 95 % interval; NaN where there is none
 * @param high end of it
 * @param samples that were measured
 * @param comparable equal for nights whose distances may be compared: network, reference, how many
 *     samples and how they were drawn, {@link #readAs} included
 * @param worse whether the distance is larger than the earlier one by more than the margin
 * @param seconds that each stage took, in the attempt that ended
 * @param config all keys
 * @param warnings for the user
 */
record NightRecord(
    String night,
    int number,
    Instant begun,
    Instant ended,
    long firstStep,
    long step,
    String checkpoint,
    long images,
    long newImages,
    String dataset,
    double loss,
    double imagesPerSecond,
    String metric,
    double distance,
    double low,
    double high,
    long samples,
    String comparable,
    boolean worse,
    SortedMap<String, Double> seconds,
    SortedMap<String, String> config,
    List<String> warnings) {
  private static final List<String> READ_AS = List.of("diffusion.clip-x0", "diffusion.variance");
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** How a network's output is read while samples are drawn, which may change between nights. */
  static String readAs(Map<String, String> config) {
    return READ_AS.stream().map(k -> k + "=" + config.get(k)).collect(Collectors.joining(" "));
  }

  /** One line, without its end. */
  String toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("night", night).put("number", number);
    node.put("begun", begun.toString()).put("ended", ended.toString());
    node.put("first-step", firstStep).put("step", step).put("checkpoint", checkpoint);
    node.put("images", images).put("new-images", newImages).put("dataset", dataset);
    put(node, "loss", loss);
    put(node, "images-per-second", imagesPerSecond);
    node.put("metric", metric).put("distance", distance);
    put(node, "low", low);
    put(node, "high", high);
    node.put("samples", samples).put("comparable", comparable).put("worse", worse);
    ObjectNode times = node.putObject("seconds");
    seconds.forEach(times::put);
    ObjectNode keys = node.putObject("config");
    config.forEach(keys::put);
    warnings.forEach(node.putArray("warnings")::add);
    return node.toString();
  }

  private static void put(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }

  /**
   * Reads {@link #toJson}.
   *
   * @param place the file, for messages
   * @throws DamagedRecordException naming it, if it holds no night
   */
  static NightRecord fromJson(byte[] json, String place) {
    JsonNode node;
    try {
      node = JSON.readTree(new String(json, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new DamagedRecordException(e, "%s holds no night: %s", place, e.getOriginalMessage());
    }
    if (!node.path("number").isInt() || !node.path("distance").isNumber()) {
      throw new DamagedRecordException(
          null, "%s holds no night: number or distance are missing", place);
    }
    SortedMap<String, Double> seconds = new TreeMap<>();
    node.path("seconds").fields().forEachRemaining(e -> seconds.put(e.getKey(), number(e)));
    SortedMap<String, String> written = new TreeMap<>();
    node.path("config")
        .fields()
        .forEachRemaining(e -> written.put(e.getKey(), e.getValue().asText()));
    SortedMap<String, String> config = presentKeys(place, written);
    List<String> warnings = new ArrayList<>();
    node.path("warnings").forEach(w -> warnings.add(w.asText()));
    Instant begun;
    Instant ended;
    try {
      begun = Instant.parse(node.path("begun").asText());
      ended = Instant.parse(node.path("ended").asText());
    } catch (DateTimeException e) {
      throw new DamagedRecordException(e, "%s holds no night: %s", place, e.getMessage());
    }
    return new NightRecord(
        node.path("night").asText(),
        node.path("number").asInt(),
        begun,
        ended,
        node.path("first-step").asLong(),
        node.path("step").asLong(),
        node.path("checkpoint").asText(),
        node.path("images").asLong(),
        node.path("new-images").asLong(),
        node.path("dataset").asText(),
        number(node.path("loss")),
        number(node.path("images-per-second")),
        node.path("metric").asText(),
        node.path("distance").asDouble(),
        number(node.path("low")),
        number(node.path("high")),
        node.path("samples").asLong(),
        comparable(node.path("comparable").asText(), config),
        node.path("worse").asBoolean(),
        seconds,
        config,
        warnings);
  }

  /** What another version understands otherwise stays as it wrote it. */
  private static SortedMap<String, String> presentKeys(
      String place, SortedMap<String, String> written) {
    try {
      return DdpmConfig.presentKeys(place, written);
    } catch (UserException e) {
      return written;
    }
  }

  /** Earlier versions wrote how the output is read among the keys alone. */
  private static String comparable(String written, Map<String, String> config) {
    return written.contains(READ_AS.get(0)) ? written : written + " " + readAs(config);
  }

  private static double number(Map.Entry<String, JsonNode> entry) {
    return number(entry.getValue());
  }

  private static double number(JsonNode node) {
    return node.isNumber() ? node.asDouble() : Double.NaN;
  }

  /** The least distance of some nights that may be compared with a new one, or the last one's. */
  static OptionalDouble earlierDistance(
      List<NightRecord> earlier, String comparable, NightlyConfig.Against against) {
    double[] distances =
        earlier.stream()
            .filter(n -> n.comparable().equals(comparable))
            .mapToDouble(NightRecord::distance)
            .toArray();
    if (distances.length == 0) {
      return OptionalDouble.empty();
    }
    return against == NightlyConfig.Against.PREVIOUS
        ? OptionalDouble.of(distances[distances.length - 1])
        : java.util.Arrays.stream(distances).min();
  }
}
