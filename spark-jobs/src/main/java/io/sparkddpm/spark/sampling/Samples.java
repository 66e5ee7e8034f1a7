package io.sparkddpm.spark.sampling;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.store.Artifact;
import java.net.URI;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;

/**
 * Samples that were drawn: files of a medium, PNG images mostly, in Parquet shards below {@code
 * images/} (columns {@code index}, {@code label} where they were drawn by classes, and one that is
 * called as the files' extension, such as {@code png}), a sheet with pictures of the first ones in
 * {@code grid.png} ({@code grid.svg}: with names of classes, where they are known), how the first
 * one came about in {@code strip.png}, texts as lines in {@code samples.txt}, and, if asked for,
 * all pixels in {@code samples.npz}. Threads may share it.
 */
public final class Samples {
  static final String IMAGES = "images";
  static final String SHARD_PREFIX = "part-";
  static final String SHARD_SUFFIX = ".parquet";
  static final String GRID = "grid.png";
  static final String LABELLED_GRID = "grid.svg";
  static final String STRIP = "strip.png";
  static final String LINES = "samples.txt";
  static final String NPZ = "samples.npz";
  static final String COUNT = "images";

  /** Property of the manifest: whether the images have labels. */
  public static final String LABELS = "labels";

  private final Configuration conf;
  private final Artifact artifact;

  /**
   * One item.
   *
   * @param index from 0; seed and index determine its noise
   * @param label its class; {@link Condition#NO_LABEL} where it was drawn of none
   * @param file of its medium: PNG for an image
   */
  public record Sample(long index, int label, byte[] file) {}

  private Samples(Configuration conf, Artifact artifact) {
    this.conf = conf;
    this.artifact = artifact;
  }

  /**
   * Opens samples.
   *
   * @throws io.sparkddpm.error.UserException naming the file, if there are none, or none whole
   */
  public static Samples open(Configuration conf, URI dir) {
    return new Samples(conf, Artifact.open(conf, dir, ArtifactKind.SAMPLES));
  }

  /** Where they lie. */
  public URI dir() {
    return artifact.dir();
  }

  /** Their manifest. */
  public Manifest manifest() {
    return artifact.manifest();
  }

  /** What they are. */
  public Medium medium() {
    return DatasetNotes.read(manifest()).medium();
  }

  /**
   * Makes sure that they are images.
   *
   * @throws UserException if they are something else
   */
  public void requireImages() {
    if (!(medium() instanceof ImageMedium)) {
      throw new UserException("%s holds %s; images are needed here", dir(), medium().plural());
    }
  }

  /** Whether each image was drawn of a class. */
  public boolean hasLabels() {
    return Boolean.parseBoolean(manifest().properties().get(LABELS));
  }

  /** Number of images. */
  public long count() {
    return manifest().count(COUNT);
  }

  /** The shards, in the order of their images; each lists its number of images as its records. */
  public List<FileEntry> shards() {
    return shards(manifest());
  }

  static List<FileEntry> shards(Manifest manifest) {
    return manifest.files().stream()
        .filter(f -> f.logicalPath().startsWith(IMAGES + "/"))
        .sorted(Comparator.comparing(FileEntry::logicalPath))
        .collect(Collectors.toList());
  }

  /** Reads a shard, checked against the manifest. */
  public List<Sample> read(FileEntry shard) {
    return read(conf, dir(), shard);
  }

  /**
   * As {@link #read(FileEntry)}, on an executor that holds only the entry.
   *
   * @throws io.sparkddpm.error.UserException naming the file, if it is missing or damaged
   */
  public static List<Sample> read(Configuration conf, URI dir, FileEntry shard) {
    return SampleFile.read(conf, dir, shard);
  }
}
