package io.sparkddpm.spark.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * What a night starts from; written when it is first started, so that a later attempt at the same
 * night goes for the same.
 *
 * @param night its name
 * @param number from 1
 * @param begun when
 * @param firstStep steps that the run had then
 */
record NightPlan(String night, int number, Instant begun, long firstStep) {
  private static final ObjectMapper JSON = new ObjectMapper();

  String toJson() {
    return JSON.createObjectNode()
        .put("night", night)
        .put("number", number)
        .put("begun", begun.toString())
        .put("first-step", firstStep)
        .toString();
  }

  /** Empty for what was cut off while it was written: nothing had been done by then. */
  static Optional<NightPlan> fromJson(byte[] json) {
    try {
      JsonNode node = JSON.readTree(new String(json, java.nio.charset.StandardCharsets.UTF_8));
      return Optional.of(
          new NightPlan(
              node.path("night").asText(),
              node.path("number").asInt(),
              Instant.parse(node.path("begun").asText()),
              node.path("first-step").asLong()));
    } catch (JsonProcessingException | DateTimeException e) {
      return Optional.empty();
    }
  }
}
