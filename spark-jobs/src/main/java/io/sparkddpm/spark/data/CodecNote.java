package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which autoencoder made the records of a dataset of latents: noted in the manifests of the dataset
 * and of all that is trained on it and drawn from that.
 *
 * @param checkpoint of the autoencoder's run, where it lay
 * @param fingerprint of that checkpoint
 * @param weights that were used of it, {@code raw} or {@code ema-…}
 * @param scale that its latents were multiplied by
 */
public record CodecNote(String checkpoint, String fingerprint, String weights, double scale)
    implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final String CHECKPOINT = "codec-checkpoint";
  private static final String FINGERPRINT = "codec-fingerprint";
  private static final String WEIGHTS = "codec-weights";
  private static final String SCALE = "codec-scale";

  /** Notes it. */
  public void write(Manifest.Builder manifest) {
    manifest
        .note(CHECKPOINT, checkpoint)
        .note(FINGERPRINT, fingerprint)
        .note(WEIGHTS, weights)
        .note(SCALE, Double.toString(scale));
  }

  /**
   * What is noted; empty for what has no latents.
   *
   * @throws UserException if the notes are not whole
   */
  public static Optional<CodecNote> read(Manifest manifest) {
    Map<String, String> notes = manifest.notes();
    if (!notes.containsKey(CHECKPOINT)) {
      return Optional.empty();
    }
    if (!notes.keySet().containsAll(List.of(FINGERPRINT, WEIGHTS, SCALE))) {
      throw new UserException(
          "the manifest of this %s does not say what its latents are", manifest.kind());
    }
    return Optional.of(
        new CodecNote(
            notes.get(CHECKPOINT),
            notes.get(FINGERPRINT),
            notes.get(WEIGHTS),
            Double.parseDouble(notes.get(SCALE))));
  }

  /** Equal for notes of the same latents, wherever the autoencoder lies. */
  public String identity() {
    return fingerprint + "/" + weights + "*" + scale;
  }
}
