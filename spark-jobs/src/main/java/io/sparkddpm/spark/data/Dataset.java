package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.spark.store.Artifact;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/**
 * A dataset's description; travels to executors. Its records are all of one type and shape.
 *
 * @param uri where it lies
 * @param fingerprint of its content
 * @param layout of every record
 * @param medium what the records are to people, or what their latents are decoded to
 * @param classNames by label; empty if the records have no labels
 * @param shards its files in order, with their numbers of records
 */
public record Dataset(
    URI uri,
    String fingerprint,
    RecordLayout layout,
    Medium medium,
    List<String> classNames,
    List<FileEntry> shards)
    implements Serializable {

  /** The class of files that lie in no folder, where others do. */
  static final String ONLY_CLASS = "all";

  public Dataset {
    classNames = List.copyOf(classNames);
    shards = List.copyOf(shards);
  }

  /**
   * Opens a dataset.
   *
   * @throws UserException naming the file, if there is no whole one that this version can read
   */
  public static Dataset open(Configuration conf, URI uri) {
    Artifact artifact = Artifact.open(conf, uri, ArtifactKind.DATASET);
    Manifest manifest = artifact.manifest();
    for (FileEntry shard : manifest.files()) {
      if (shard.records() == null) {
        throw new UserException("%s does not say how many records are in %s", uri, shard.path());
      }
    }
    return new Dataset(
        artifact.dir(),
        manifest.fingerprint(),
        RecordLayout.of(manifest),
        MediumNote.read(manifest).medium(),
        classNames(manifest),
        manifest.files());
  }

  /** Names of the classes by label; none where {@link #ONLY_CLASS} is the only one. */
  static List<String> classNames(Manifest manifest) {
    return withoutOnlyClass(namedClasses(manifest));
  }

  /** Names of the classes by label, as they stand in a manifest. */
  static List<String> namedClasses(Manifest manifest) {
    List<String> names = new ArrayList<>();
    for (int label = 0; label < manifest.count("classes"); label++) {
      names.add(manifest.property(numbered("class", label)));
    }
    return names;
  }

  /** Leaves out {@link #ONLY_CLASS} where it is alone: files without folders had it in format 1. */
  static List<String> withoutOnlyClass(List<String> names) {
    return names.equals(List.of(ONLY_CLASS)) ? List.of() : names;
  }

  /**
   * One shard alone, as its shard 0: what a task needs that reads no other.
   *
   * @param shard its index here
   */
  public Dataset only(int shard) {
    return new Dataset(uri, fingerprint, layout, medium, List.of(), List.of(shards.get(shard)));
  }

  /** Whether the records are images of 8 bits, not latents or another medium. */
  public boolean holdsImages() {
    return medium instanceof ImageMedium && layout.hasPixels();
  }

  /**
   * Makes sure that the records are images.
   *
   * @throws UserException if they are something else
   */
  public void requireImages() {
    if (!holdsImages()) {
      throw new UserException(
          "%s holds %s; images are needed here",
          uri, medium instanceof ImageMedium ? "records of " + layout : medium.plural());
    }
  }

  /** Number of records. */
  public long size() {
    return shards.stream().mapToLong(FileEntry::records).sum();
  }

  /** Records in each shard. */
  public long[] shardSizes() {
    return shards.stream().mapToLong(FileEntry::records).toArray();
  }

  /** Bytes of all records with ids and labels, as they are kept in memory. */
  public long decodedBytes() {
    return size() * layout.memoryBytes();
  }

  /** The key of a manifest's entry that there are several of, such as {@code class/00003}. */
  public static String numbered(String prefix, int index) {
    return String.format(Locale.ROOT, "%s/%05d", prefix, index);
  }
}
