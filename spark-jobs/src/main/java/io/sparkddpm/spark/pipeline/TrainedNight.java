package io.sparkddpm.spark.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.error.UserException;
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
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  String toJson() {
    return JSON.createObjectNode()
        .put("step", step)
        .put("weights-sha256", weightsSha256)
        .toString();
  }

  /**
   * Reads {@link #toJson}.
   *
   * @param place the file, for messages
   * @return empty for what was cut off while it was written: no samples had been begun by then
   * @throws UserException naming it, if it is damaged: to train further would undo the night
   */
  static Optional<TrainedNight> fromJson(byte[] json, String place) {
    try {
      JsonNode node = JSON.readTree(new String(json, StandardCharsets.UTF_8));
      JsonNode step = node.path("step");
      JsonNode weights = node.path("weights-sha256");
      if (!step.isIntegralNumber() || !step.canConvertToLong() || !weights.isTextual()) {
        throw new UserException(
            "%s is damaged: step or weights-sha256 are missing; put it back as it was", place);
      }
      return Optional.of(new TrainedNight(step.asLong(), weights.asText()));
    } catch (JsonEOFException e) {
      return Optional.empty();
    } catch (JsonProcessingException e) {
      throw new UserException(
          e, "%s is damaged: %s; put it back as it was", place, e.getOriginalMessage());
    }
  }
}
