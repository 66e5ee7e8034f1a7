package io.sparkddpm.spark.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * How the training of a night ended. Written before samples are begun, so that no later attempt
 * trains further.
 *
 * @param step that the run came to
 * @param weightsSha256 of its checkpoint's raw weights
 */
record TrainedNight(long step, String weightsSha256) {
  private static final ObjectMapper JSON = new ObjectMapper();

  String toJson() {
    return JSON.createObjectNode()
        .put("step", step)
        .put("weights-sha256", weightsSha256)
        .toString();
  }

  /** Empty for what was cut off. */
  static Optional<TrainedNight> fromJson(byte[] json) {
    try {
      JsonNode node = JSON.readTree(new String(json, StandardCharsets.UTF_8));
      return node.path("step").canConvertToLong()
          ? Optional.of(
              new TrainedNight(node.path("step").asLong(), node.path("weights-sha256").asText()))
          : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }
}
