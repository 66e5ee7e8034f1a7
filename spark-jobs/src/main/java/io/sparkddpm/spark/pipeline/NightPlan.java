package io.sparkddpm.spark.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.error.UserException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that decides what a night makes. Written whole before its first piece of work, so that every
 * later attempt makes the same, whatever has come, gone or been set differently by then.
 *
 * @param night its name
 * @param number from 1
 * @param begun when
 * @param firstStep steps that the run had then
 * @param endStep steps that it will have at most; fewer, if {@code hours} are over before
 * @param hours of training; 0: without a limit
 * @param parts of the dataset, the one that the night adds included; empty in a plan of a version
 *     that wrote down the beginning alone
 * @param addition what the night adds, if anything has come
 * @param inputs that the addition is read from
 * @param inception file of the network that measures; empty for the random one
 * @param settings all keys; empty where they were not written down
 * @param warnings for the user about the inputs
 */
record NightPlan(
    String night,
    int number,
    Instant begun,
    long firstStep,
    long endStep,
    double hours,
    List<String> parts,
    Optional<Addition> addition,
    List<URI> inputs,
    Optional<URI> inception,
    SortedMap<String, String> settings,
    List<String> warnings) {
  private static final int FORMAT = 2;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /**
   * A new part of the dataset. Which files it is made from is recorded in {@link
   * NightFiles#inputList}.
   *
   * @param part its name
   * @param files how many
   * @param sha256 of that list
   * @param classes names by label
   */
  record Addition(String part, long files, String sha256, List<String> classes) {}

  /** Whether it holds the night's parts, and not only where the night begins. */
  boolean isComplete() {
    return !parts.isEmpty();
  }

  /** Parts of the dataset that were there before. */
  List<String> earlierParts() {
    return addition
        .map(a -> parts.stream().filter(p -> !p.equals(a.part())).toList())
        .orElse(parts);
  }

  String toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("format", FORMAT).put("night", night).put("number", number);
    node.put("begun", begun.toString()).put("first-step", firstStep);
    node.put("end-step", endStep).put("hours", hours);
    parts.forEach(node.putArray("parts")::add);
    addition.ifPresent(
        a -> {
          ObjectNode added = node.putObject("addition");
          added.put("part", a.part()).put("files", a.files()).put("list-sha256", a.sha256());
          a.classes().forEach(added.putArray("classes")::add);
        });
    inputs.stream().map(URI::toString).forEach(node.putArray("inputs")::add);
    inception.ifPresent(uri -> node.put("inception", uri.toString()));
    ObjectNode keys = node.putObject("settings");
    settings.forEach(keys::put);
    warnings.forEach(node.putArray("warnings")::add);
    return node.toString();
  }

  /**
   * Reads {@link #toJson}, and what earlier versions wrote.
   *
   * @param place the file, for messages
   * @return empty for what was cut off while it was written: nothing had been done by then
   * @throws UserException naming it, if a later version wrote it, or if it is damaged: work may
   *     have been done by it
   */
  static Optional<NightPlan> fromJson(byte[] json, String place) {
    try {
      JsonNode node = JSON.readTree(new String(json, StandardCharsets.UTF_8));
      if (!node.path("night").isTextual() || !node.path("number").isInt()) {
        throw damaged(place, "night or number are missing", null);
      }
      if (node.path("format").asInt(1) > FORMAT) {
        throw new UserException(
            "%s is of format %d, but this version knows up to %d: end the night with the version"
                + " that began it",
            place, node.path("format").asInt(), FORMAT);
      }
      SortedMap<String, String> settings = new TreeMap<>();
      node.path("settings").fields().forEachRemaining(e -> settings.put(e.getKey(), text(e)));
      return Optional.of(
          new NightPlan(
              node.path("night").asText(),
              node.path("number").asInt(),
              Instant.parse(node.path("begun").asText()),
              node.path("first-step").asLong(),
              node.path("end-step").asLong(),
              node.path("hours").asDouble(),
              texts(node.path("parts")),
              addition(node.path("addition")),
              texts(node.path("inputs")).stream().map(URI::create).toList(),
              Optional.of(node.path("inception").asText())
                  .filter(uri -> !uri.isEmpty())
                  .map(URI::create),
              settings,
              texts(node.path("warnings"))));
    } catch (JsonEOFException e) {
      return Optional.empty();
    } catch (JsonProcessingException e) {
      throw damaged(place, e.getOriginalMessage(), e);
    } catch (DateTimeException | IllegalArgumentException e) {
      throw damaged(place, e.getMessage(), e);
    }
  }

  private static UserException damaged(String place, String why, Exception cause) {
    return new UserException(
        cause,
        "%s is damaged: %s; put it back as it was, or delete it to have the night planned anew",
        place,
        why);
  }

  private static String text(Map.Entry<String, JsonNode> entry) {
    return entry.getValue().asText();
  }

  private static Optional<Addition> addition(JsonNode node) {
    if (!node.isObject()) {
      return Optional.empty();
    }
    return Optional.of(
        new Addition(
            node.path("part").asText(),
            node.path("files").asLong(),
            node.path("list-sha256").asText(),
            texts(node.path("classes"))));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(t -> texts.add(t.asText()));
    return texts;
  }
}
