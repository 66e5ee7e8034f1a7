package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.spark.store.Artifact;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * What artefacts note of the dataset that they come from. Fingerprints do not depend on it.
 *
 * @param classNames by label; empty where only numbers are known
 * @param codec of latents; empty where the records are data themselves
 * @param medium what the records are, or what their latents are decoded to
 */
public record DatasetNotes(List<String> classNames, Optional<CodecNote> codec, Medium medium) {
  /** Of images without names of classes. */
  public static final DatasetNotes NONE =
      new DatasetNotes(List.of(), Optional.empty(), new ImageMedium());

  /** Copies the names. */
  public DatasetNotes {
    classNames = List.copyOf(classNames);
  }

  /**
   * Of a dataset.
   *
   * @throws io.sparkddpm.error.UserException if there is no such dataset
   */
  public static DatasetNotes ofDataset(Configuration conf, URI dataset) {
    Manifest manifest = Artifact.open(conf, dataset, ArtifactKind.DATASET).manifest();
    return read(manifest).withClassNames(Dataset.classNames(manifest));
  }

  /** The same with other names of classes. */
  public DatasetNotes withClassNames(List<String> names) {
    return new DatasetNotes(names, codec, medium);
  }

  /** Writes them into a manifest. */
  public void write(Manifest.Builder manifest) {
    ClassNotes.write(classNames, manifest);
    codec.ifPresent(note -> note.write(manifest));
    new MediumNote(medium).write(manifest);
  }

  /** Reads what {@link #write} has written. */
  public static DatasetNotes read(Manifest manifest) {
    return new DatasetNotes(
        ClassNotes.read(manifest), CodecNote.read(manifest), MediumNote.read(manifest).medium());
  }
}
