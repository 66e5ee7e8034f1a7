package io.sparkddpm.spark.sampling;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.spark.store.Artifact;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * A shard that was written whole. Kept beside the shard until the artefact is committed, so that an
 * interrupted job need not make it again.
 *
 * @param plan fingerprint of the plan that it belongs to
 * @param number of the shard
 * @param images the Parquet file
 * @param strip the denoising strip, with shard 0; otherwise null
 */
record FinishedShard(String plan, int number, FileEntry images, FileEntry strip)
    implements Serializable {
  /** Where the notes lie; the underscore hides it from Spark's data sources. */
  static final String DIRECTORY = "_progress";

  static final String SUFFIX = ".json";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  byte[] toJson() {
    try {
      return MAPPER.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a finished shard always has a JSON form", e);
    }
  }

  /** Reads {@link #toJson}; empty if it was cut off, or is something else. */
  static Optional<FinishedShard> fromJson(byte[] json) {
    try {
      return Optional.ofNullable(MAPPER.readValue(json, FinishedShard.class))
          .filter(shard -> shard.plan() != null && shard.images() != null);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Whether its files still have the bytes that they were written with. */
  boolean isWhole(Configuration conf, URI dir) {
    boolean stripIsWhole = strip == null ? number > 0 : Artifact.damage(conf, dir, strip).isEmpty();
    return stripIsWhole && Artifact.damage(conf, dir, images).isEmpty();
  }
}
