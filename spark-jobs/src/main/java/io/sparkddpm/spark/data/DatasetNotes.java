package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Manifest;
import java.util.List;
import java.util.Optional;

/**
 * What artefacts note of the dataset that they come from. Fingerprints do not depend on it.
 *
 * @param classNames by label; empty where only numbers are known
 * @param codec of latents; empty where the records are data themselves
 */
public record DatasetNotes(List<String> classNames, Optional<CodecNote> codec) {
  /** Nothing. */
  public static final DatasetNotes NONE = new DatasetNotes(List.of(), Optional.empty());

  /** Copies the names. */
  public DatasetNotes {
    classNames = List.copyOf(classNames);
  }

  /** Writes them into a manifest. */
  public void write(Manifest.Builder manifest) {
    ClassNotes.write(classNames, manifest);
    codec.ifPresent(note -> note.write(manifest));
  }

  /** Reads what {@link #write} has written. */
  public static DatasetNotes read(Manifest manifest) {
    return new DatasetNotes(ClassNotes.read(manifest), CodecNote.read(manifest));
  }
}
