package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/**
 * A dataset's description; travels to executors. Its images are square or not, but all of one
 * shape.
 *
 * @param uri where it lies
 * @param fingerprint of its content
 * @param channels 3
 * @param height of every image
 * @param width of every image
 * @param classNames by label
 * @param shards its files in order, with their numbers of images
 */
public record Dataset(
    URI uri,
    String fingerprint,
    int channels,
    int height,
    int width,
    List<String> classNames,
    List<FileEntry> shards)
    implements Serializable {

  public Dataset {
    checkArgument(channels > 0 && height > 0 && width > 0, "image [%s, %s]", height, width);
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
        throw new UserException("%s does not say how many images are in %s", uri, shard.path());
      }
    }
    List<String> names = new ArrayList<>();
    for (int label = 0; label < manifest.count("classes"); label++) {
      names.add(manifest.property(numbered("class", label)));
    }
    return new Dataset(
        artifact.dir(),
        manifest.fingerprint(),
        manifest.positive("channels"),
        manifest.positive("height"),
        manifest.positive("width"),
        names,
        manifest.files());
  }

  /**
   * One shard alone, as its shard 0: what a task needs that reads no other.
   *
   * @param shard its index here
   */
  public Dataset only(int shard) {
    return new Dataset(
        uri, fingerprint, channels, height, width, List.of(), List.of(shards.get(shard)));
  }

  /** Number of images. */
  public long size() {
    return shards.stream().mapToLong(FileEntry::records).sum();
  }

  /** Images in each shard. */
  public long[] shardSizes() {
    return shards.stream().mapToLong(FileEntry::records).toArray();
  }

  /** Bytes of one image, decoded. */
  public int imageLength() {
    return channels * height * width;
  }

  /** Bytes of so many images with ids and labels, as they are kept in memory. */
  static long decodedBytes(long images, int imageLength) {
    return images * (imageLength + (long) (Long.BYTES + Integer.BYTES));
  }

  /** Bytes of all images with ids and labels, as they are kept in memory. */
  public long decodedBytes() {
    return decodedBytes(size(), imageLength());
  }

  /** The key of a manifest's entry that there are several of, such as {@code class/00003}. */
  public static String numbered(String prefix, int index) {
    return String.format(Locale.ROOT, "%s/%05d", prefix, index);
  }
}
