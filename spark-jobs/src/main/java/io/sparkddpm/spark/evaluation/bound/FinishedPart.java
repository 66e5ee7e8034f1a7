package io.sparkddpm.spark.evaluation.bound;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.diffusion.BoundSums;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A part that was measured. Kept until the artefact is committed, so that an interrupted job need
 * not measure it again.
 *
 * @param plan fingerprint of the plan that it belongs to
 * @param number of the part
 * @param sums over its images
 */
record FinishedPart(String plan, int number, BoundSums sums) implements Serializable {
  /** Where the notes lie; the underscore hides it from Spark's data sources. */
  static final String DIRECTORY = "_progress";

  static final String SUFFIX = ".json";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  byte[] toJson() {
    try {
      return MAPPER.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a finished part always has a JSON form", e);
    }
  }

  /** Reads {@link #toJson}; empty if it was cut off, or is something else. */
  static Optional<FinishedPart> fromJson(byte[] json) {
    try {
      return Optional.ofNullable(MAPPER.readValue(json, FinishedPart.class))
          .filter(part -> part.plan() != null && part.sums() != null);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
